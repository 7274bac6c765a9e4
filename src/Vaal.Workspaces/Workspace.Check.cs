using Microsoft.Data.Sqlite;
using Vaal.Data;
using Vaal.Data.Features;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Looks at everything that a workspace consists of: the database by table and row, whether the image
    /// files are as the index says, and the digests of caches and features.</summary>
    /// <param name="folder">of the workspace, or the image folder that holds it</param>
    /// <param name="repair">damaged caches are rebuilt, and damaged blocks of features are removed, which are computed
    /// again when they are needed. Labels and the database are never changed</param>
    /// <exception cref="InputException">there is no workspace, or it cannot be read, written or
    /// repaired</exception>
    public static CheckReport Check(string folder, bool repair = false, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        var home = Home(folder);
        if (IsNew(home)) throw Unfinished(home);
        var database = DatabaseFaults(Path.Combine(home, FileName), report: report, cancel: cancel);
        if (database.Count > 0) return new(database, [], [], []);
        using var workspace = Open(home);
        using var held = repair ? workspace.Lock("check", cancel: cancel) : null;
        var (damaged, repaired) = (new List<string>(), new List<string>());
        var again = false;
        foreach (var path in workspace.CacheFiles())
        {
            if (PackedFile.ProblemOf(path, report, cancel) is not { } problem) continue;
            damaged.Add($"{path}: {problem}");
            if (!repair) continue;
            File.Delete(path);
            again = true;
            repaired.Add($"{path} is made again");
        }
        foreach (var path in workspace.FeatureFiles())
        {
            if (FeatureFile.ProblemOf(path, report, cancel) is not { } problem) continue;
            damaged.Add($"{path}: {problem}");
            if (!repair) continue;
            FeatureFile.Repair(path, cancel);
            repaired.Add($"{path} keeps the rows that are whole; the others are made when they are needed");
        }
        if (again && workspace.Images().Any(i => i.State != ImageState.Removed))
            workspace.LoadImages(report: report, cancel: cancel).Dispose();
        return new([], workspace.FileProblems(report, cancel), damaged, repaired);
    }

    /// <summary>The first fault of a workspace's database, by table and row; null: it is sound, or there is
    /// none.</summary>
    /// <param name="folder">of the workspace, or the image folder that holds it</param>
    public static string? FaultOf(string folder)
    {
        var path = Candidates(folder).Select(f => Path.Combine(f, FileName)).FirstOrDefault(File.Exists);
        return path is not null && DatabaseFaults(path, one: true) is [var fault, ..]
            ? Workspaces.Database.Damaged(path, fault) : null;
    }

    private static List<string> DatabaseFaults(string path, bool one = false, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        try
        {
            using var db = new Database(path);
            try { Schema.Migrate(db, path); }
            // then its tables are not what its version says, which is named below
            catch (SqliteException) { }
            return DatabaseCheck.Faults(db, one ? 1 : int.MaxValue, report, cancel);
        }
        catch (InputException e) when (Workspaces.Database.IsRefusal(e))
        {
            throw new InputException($"the workspace cannot be checked: {e.Message}", e);
        }
        catch (InputException e)
        {
            return [e.Message];
        }
    }

    private IEnumerable<string> CacheFiles()
    {
        var loading = Loading(null, null, default);
        return PackedCache.FilesOf(Root, loading.CacheFolder, loading.UserCacheFolder);
    }

    private IEnumerable<string> FeatureFiles() => Directory.Exists(Sources([]).Folder)
        ? Directory.EnumerateFiles(Sources([]).Folder, "*.features").Order(StringComparer.Ordinal) : [];

    private List<string> FileProblems(Action<TrainEvent>? report, CancellationToken cancel)
    {
        if (!Directory.Exists(Root)) return [Moved().Message];
        var (outside, gone, changed) = (new List<string>(), new List<string>(), new List<string>());
        var images = Images().Where(i => i.State is ImageState.Ok or ImageState.Duplicate).ToList();
        foreach (var (done, image) in images.Index())
        {
            cancel.ThrowIfCancellationRequested();
            if (done % 256 == 0) report?.Invoke(new("checking image files", done, images.Count));
            if (ImageFiles.FileOf(image.Path, out _) is not { } file) outside.Add(image.Path);
            else if (!File.Exists(file)) gone.Add(image.Path);
            else if (image.Modified >= 0
                && SourceFiles.Of(Root, image.Path) != new SourceFile(image.Path, image.Bytes, image.Modified))
                changed.Add(image.Path);
        }
        return [.. new[]
        {
            Some(outside, "leads out of the image folder, and is not read",
                "lead out of the image folder, and are not read"),
            Some(gone, "is not there any more", "are not there any more"),
            Some(changed, "has changed since it was indexed", "have changed since they were indexed"),
        }.OfType<string>()];

        static string? Some(List<string> paths, string one, string several) => paths.Count switch
        {
            0 => null,
            1 => $"{paths[0]} {one}; 'vaal init' updates the index",
            _ => $"{paths.Count:N0} files {several}, such as {paths[0]}; 'vaal init' updates the index",
        };
    }
}
