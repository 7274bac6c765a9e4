using System.Security.Cryptography;
using System.Text.Json;

namespace Vaal.Workspaces;

/// <summary>
/// What exports have written into single files, by digest: a file that somebody has filled in since, or that no export
/// made, is never written over. <c>exported.json</c> in the workspace; without it, every file that is there counts as
/// somebody's.
/// </summary>
internal sealed class ExportedFiles(string workspace)
{
    private static readonly TimeSpan LongAgo = TimeSpan.FromHours(1);

    private string Record => Path.Combine(workspace, "exported.json");

    /// <summary>Puts an export, of one file or more, where the file is to lie.</summary>
    /// <param name="write">is given the path to write to, of the same name; others may come to lie beside it</param>
    /// <exception cref="InputException">what is there is not an unchanged export of vaal, or it cannot be written
    /// there</exception>
    public void Replace(string path, Action<string> write)
    {
        path = Path.GetFullPath(path);
        if (Directory.Exists(path)) throw new InputException($"{path} is a folder; expected the name of a file");
        var left = Directory.EnumerateDirectories(workspace, "exporting-*")
            .Where(d => DateTime.UtcNow - Directory.GetLastWriteTimeUtc(d) > LongAgo);
        foreach (var old in left)
        {
            try
            {
                Directory.Delete(old, recursive: true);
            }
            // of a workspace that is read-only
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        }
        var (made, isKnown) = Scratch(path);
        try
        {
            write(Path.Combine(made, Path.GetFileName(path)));
            var files = Directory.GetFiles(made)
                .ToDictionary(f => f, f => Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileName(f)));
            foreach (var target in files.Values) Check(target);
            // before they lie there: if it is killed in between, what it leaves is known
            if (isKnown) Remember(files);
            foreach (var (file, target) in files) AtomicFile.Create(target, stream => Copy(file, stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be written: {e.Message}", e);
        }
        finally
        {
            Directory.Delete(made, recursive: true);
        }
    }

    // beside the file where the workspace is read-only: it then counts as somebody's
    private (string Folder, bool IsKnown) Scratch(string path)
    {
        var name = $"exporting-{Guid.NewGuid():N}";
        try
        {
            return (Directory.CreateDirectory(Path.Combine(workspace, name)).FullName, true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (Beside(path, $".{name}"), false);
        }
    }

    private static string Beside(string path, string name)
    {
        try
        {
            return Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(path)!, name)).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    private void Check(string path)
    {
        if (File.Exists(path) && !Read().GetValueOrDefault(Key(path), []).Contains(Digest(path)))
            throw new InputException(
                $"{path} is not an unchanged export of vaal and stays as it is; move it away, or export to another "
                + "file ('vaal import' reads the labels that are in it)");
    }

    private void Remember(Dictionary<string, string> files)
    {
        var written = Read();
        foreach (var (file, target) in files)
            written[Key(target)] = File.Exists(target) ? [Digest(file), Digest(target)] : [Digest(file)];
        AtomicFile.WriteAllText(Record, JsonSerializer.Serialize(written, Json.Options));
    }

    private Dictionary<string, string[]> Read()
    {
        try
        {
            if (!File.Exists(Record)) return [];
            var bytes = RegularFile.ReadAllBytes(Record);
            return JsonSerializer.Deserialize<Dictionary<string, string[]>>(bytes, Json.Options) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    // relative where it lies in the workspace, which may be moved
    private string Key(string path) =>
        path.StartsWith(Path.GetFullPath(workspace) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        ? Path.GetRelativePath(workspace, path)
        : path;

    private static void Copy(string file, Stream to)
    {
        using var from = RegularFile.OpenRead(file);
        from.CopyTo(to);
    }

    private static string Digest(string path)
    {
        using var file = RegularFile.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
