namespace Vaal.Data.Fetch;

/// <summary>
/// A folder of fetched data sets, or of encoders. Each is in a folder of its name, with <c>SHA256SUMS</c> of its files
/// (<c>sha256sum -c</c> reads it too). A set that is there is complete: until then its files lie in <c>NAME.part</c>.
/// </summary>
internal sealed class DataStore
{
    public const string SumsName = "SHA256SUMS";
    private readonly string _root, _kind;

    /// <param name="root">null: in the user's cache folder</param>
    /// <param name="kind">what is fetched: the word after <c>vaal</c>, and the folder in the user's cache
    /// folder</param>
    public DataStore(string? root = null, string kind = "data") => (_kind, _root) = (kind, Path.GetFullPath(root
        ?? Path.Combine(RuntimeOptions.Current.CacheFolder
            ?? throw new InputException("you have no cache folder; name a folder with --to"), kind)));

    /// <summary>The command that brings a set.</summary>
    private string Command(DataSource source) => $"'vaal {_kind} fetch {source.Name}'";

    public string Folder(DataSource source) => Path.Combine(_root, source.Name);

    public bool Holds(DataSource source) => File.Exists(Path.Combine(Folder(source), SumsName));

    /// <summary>Bytes that a fetch that was stopped has brought so far.</summary>
    public long Partly(DataSource source) => source.Files.Sum(f => new[] { f.Name, f.Name + ".part" }
        .Select(n => new FileInfo(Path.Combine(Work(source), n))).Where(f => f.Exists).Sum(f => f.Length));

    /// <summary>In a cell of a table: where it lies, how much of it is there, or that nothing is.</summary>
    public string Words(DataSource source)
    {
        if (Holds(source)) return Folder(source);
        var percent = FormattableString.Invariant($"{100 * Partly(source) / source.Bytes}%");
        return Partly(source) > 0 ? $"{percent} of it; fetch again to continue" : "no";
    }

    /// <summary>The folder that a data format reads.</summary>
    /// <exception cref="InputException">the set has not been fetched</exception>
    public string Images(DataSource source)
    {
        if (source.Instead is { } instead) throw new InputException(instead);
        if (!Holds(source)) throw new InputException(
            $"{source.Name} is not in {_root}; {Command(source)} fetches it ({source.Bytes / 1e6:N0} MB)");
        return Path.Combine(Folder(source), source.Inside);
    }

    /// <summary>What is missing or damaged; nothing when every file is as it was published.</summary>
    public IReadOnlyList<string> Check(DataSource source, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        if (source.Instead is { } instead) throw new InputException(instead);
        var (folder, sums) = (Folder(source), Path.Combine(Folder(source), SumsName));
        if (!Path.Exists(folder)) return [$"{folder} is not there; {Command(source)} fetches it"];
        if (!Holds(source))
            return [$"{sums} is missing, so vaal did not make that folder and cannot tell what should be in it"];
        var lines = RegularFile.ReadAllLines(sums);
        if (lines.Length == 0 || lines[0] != Heading(source, lines.Length - 1))
            return [$"{sums} is damaged or of another version; {Command(source)} fetches all of it again"];
        var problems = new List<string>();
        foreach (var (i, line) in lines.Skip(1).Index())
        {
            cancel.ThrowIfCancellationRequested();
            report?.Invoke(new($"checking {source.Name}", i, lines.Length - 1));
            var (sum, path) = line.Split("  ", 2) is [var first, var second]
                ? (first, Path.Combine(folder, second))
                : ("", sums);
            if (!File.Exists(path)) problems.Add($"{path} is missing");
            else if (Fingerprint.OfFile(path) != sum) problems.Add($"{path} is damaged");
        }
        return problems;
    }

    /// <summary>Fetches what is not there or damaged; goes on with a fetch that was stopped.</summary>
    /// <returns>false: it was there already, and whole</returns>
    /// <exception cref="InputException">it cannot be had, there is no room, or something else lies in its
    /// place</exception>
    public bool Fetch(DataSource source, FetchOptions options)
    {
        var (folder, work) = (Folder(source), Work(source));
        if (Check(source, options.Report, options.Cancel).Count == 0)
        {
            Tidy(source);
            return false;
        }
        if (Path.Exists(folder) && !Holds(source))
            throw new InputException(
                $"{folder} is there already and vaal did not make it; move it away, or name another place with --to");
        var here = Path.Exists(options.From) ? options.From : null;
        var address = here is null ? Address(options.From ?? source.Address) : "";
        Directory.CreateDirectory(work);
        using var exclusive = Lock(source);
        EnsureRoom(source);

        using (var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan })
        {
            http.DefaultRequestHeaders.UserAgent.ParseAdd("vaal");
            var download = new Download(http, options);
            foreach (var file in source.Files)
            {
                options.Cancel.ThrowIfCancellationRequested();
                var to = Path.Combine(work, file.Name);
                if (here is null) download.Bring(file, address + file.Name, to);
                else if (File.Exists(here) && source.Files.Length == 1) Copy(file, here, to);
                else Copy(file, Path.Combine(here, file.Name), to);
            }
        }
        var made = Fresh(Path.Combine(work, "unpacked"));
        Directory.CreateDirectory(made);
        foreach (var file in source.Files)
        {
            var from = Path.Combine(work, file.Name);
            if (file.IsArchive) TarArchive.Unpack(from, made, options.Report, options.Cancel);
            else File.Copy(from, Path.Combine(made, file.Name));
        }
        WriteSums(source, made, options);
        if (Directory.Exists(folder)) Replace(folder, made);
        else Directory.Move(made, folder);
        Directory.Delete(work, recursive: true);
        return true;
    }

    // what a kill before the last step left; the set is whole, whoever may write here or does so now
    private void Tidy(DataSource source)
    {
        if (!Directory.Exists(Work(source))) return;
        try
        {
            using (Lock(source)) Directory.Delete(Work(source), recursive: true);
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
        }
    }

    // File by file, as a user may have put something beside them, such as a workspace with its labels. The sums come
    // last: what a kill leaves is a damaged set, which the next fetch mends.
    private static void Replace(string folder, string made)
    {
        foreach (var file in Directory.EnumerateFiles(made, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(made, f)).OrderBy(f => f == SumsName).ToList())
        {
            var to = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Move(Path.Combine(made, file), to, overwrite: true);
        }
    }

    /// <summary>A file from this machine in place of a server's.</summary>
    private static void Copy(RemoteFile file, string from, string to)
    {
        if (File.Exists(to)) return;
        var part = to + ".part";
        if (!File.Exists(from)) throw new InputException($"expected {file.Name} in {from}, found no such file");
        File.Copy(from, part, overwrite: true);
        if (Fingerprint.OfFile(part) is var found && found != file.Sha256)
        {
            File.Delete(part);
            throw new InputException(
                $"expected {file.Name} with SHA-256 {file.Sha256}, found {from} with {found}; nothing of it was kept");
        }
        File.Move(part, to);
    }

    private string Work(DataSource source) => Folder(source) + ".part";

    private static string Fresh(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return folder;
    }

    private static string Address(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        ? url.TrimEnd('/') + "/"
        : throw new InputException(
            $"'{url}' is not the address of a server; "
            + "expected a folder that is there, or http:// or https:// and the folder that holds the files");

    private FileStream Lock(DataSource source)
    {
        try
        {
            return new FileStream(
                Path.Combine(_root, $".{source.Name}.lock"), FileMode.OpenOrCreate,
                FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (AtomicFile.IsHeld(e))
        {
            throw new InputException($"another process fetches {source.Name} into {_root}; wait for it", e);
        }
    }

    // Files and what is unpacked from them lie side by side for a while; images hardly get smaller by compression.
    private void EnsureRoom(DataSource source)
    {
        var (needed, free) = (2 * source.Bytes - Partly(source), new DriveInfo(_root).AvailableFreeSpace);
        if (needed > free)
            throw new InputException(
                $"no space left on the disk of {_root}: {source.Name} needs {needed:N0} bytes and {free:N0} are " +
                $"free; --to names another folder");
    }

    private static void WriteSums(DataSource source, string folder, FetchOptions options)
    {
        string[] files = [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        var lines = new List<string> { Heading(source, files.Length) };
        foreach (var (i, file) in files.Index())
        {
            options.Cancel.ThrowIfCancellationRequested();
            options.Report?.Invoke(new($"checksums of {source.Name}", i, files.Length));
            lines.Add($"{Fingerprint.OfFile(Path.Combine(folder, file))}  {file}");
        }
        AtomicFile.WriteAllText(Path.Combine(folder, SumsName), string.Join('\n', lines) + "\n");
    }

    private static string Heading(DataSource source, int files) =>
        $"# {files} files, out of {string.Join(' ', source.Files.Select(f => f.Sha256))}";
}
