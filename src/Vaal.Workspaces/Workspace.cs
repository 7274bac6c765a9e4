using System.Globalization;
using Microsoft.Data.Sqlite;
using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>
/// A labelling project of the user's own: which images there are, their labels, the rounds that chose them, and a
/// ledger of every change, in one SQLite file <c>vaal.db</c>. It lies in <c>.vaal</c> inside the image folder, or in a
/// folder of its own. Every method is one transaction. An object belongs to one thread; open one a thread or process.
/// </summary>
public sealed partial class Workspace : IDisposable
{
    private const string FolderName = ".vaal", FileName = "vaal.db";
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private readonly Database _db;
    private readonly Ledger _ledger;
    private readonly TimeProvider _clock;
    private FirstIndex? _first;

    private Workspace(string folder, Database db, TimeProvider clock, FirstIndex? first = null)
    {
        (Folder, _db, _clock, _first) = (folder, db, clock, first);
        _ledger = new Ledger(db, clock);
        Root = RootIn(folder, Setting("root")!);
    }

    /// <summary>Where <c>vaal.db</c>, the lock and the exports lie.</summary>
    public string Folder { get; }

    /// <summary>The image folder: paths of images are relative to it.</summary>
    public string Root { get; }

    /// <summary>Opens the workspace of an image folder or a manifest, or makes an empty one.</summary>
    /// <param name="source">a folder, or a CSV or Parquet table that names images at its side or below; the workspace's
    /// own folder: what it was made of</param>
    /// <param name="folder">where the workspace is to lie; null: <c>.vaal</c> inside the image folder</param>
    /// <exception cref="InputException">no such source, no images in it, the workspace cannot be written or is
    /// another's</exception>
    public static Workspace Create(string source, string? folder = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        source = Meant(source, folder);
        var full = Path.GetFullPath(source);
        if (!Path.Exists(full)) throw new InputException($"there is no folder or file {source}");
        var manifest = IsTable(full, source);
        var root = Path.TrimEndingDirectorySeparator(manifest ? Path.GetDirectoryName(full)! : full);
        if (!manifest && !SourceFiles.In(root).Any())
            throw new InputException(SourceFiles.Unreadable(root)
                ?? $"the folder {source} holds no image (JPEG, PNG, WebP, BMP or GIF)");

        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder ?? Path.Combine(root, FolderName)));
        if (Path.GetFileName(folder) == FolderName && root != Path.GetDirectoryName(folder))
            throw new InputException(
                $"a workspace called {FolderName} is for the images of the folder that it lies in; expected another "
                + $"name with --workspace, found {folder}");
        var path = Path.Combine(folder, FileName);
        var first = FirstIndex.Of(folder, path);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new InputException(
                $"the workspace {folder} cannot be made ({e.Message}); name a folder that can be written with " +
                $"--workspace", e);
        }
        Database? db = null;
        try
        {
            db = new Database(path);
            // a kill leaves all of it or nothing
            db.Transaction(() =>
            {
                Schema.Migrate(db, path);
                db.Execute("insert or ignore into settings values ('root', $1)", RelativeRoot(root, folder));
                var known =
                    Path.GetFullPath(Path.Combine(folder, db.Text("select value from settings where name = 'root'")!));
                if (Path.TrimEndingDirectorySeparator(known) != root)
                {
                    if (Directory.Exists(known))
                        throw new InputException(
                            $"the workspace {folder} belongs to the images in {known}; give {source} another " +
                            $"workspace with --workspace");
                    db.Execute("update settings set value = $1 where name = 'root'", RelativeRoot(root, folder));
                }
                db.Execute(
                    "insert or replace into settings values ('source', $1)", manifest ? Path.GetFileName(full) : "");
            });
            return new(folder, db, clock ?? TimeProvider.System, first);
        }
        catch
        {
            first?.TakeAway(db);
            db?.Dispose();
            throw;
        }
    }

    /// <summary>Opens a workspace by its own folder or by the image folder that it lies in.</summary>
    /// <exception cref="InputException">there is none, it is damaged, or a newer vaal made it</exception>
    public static Workspace Open(string folder, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var found = Home(folder);
        var path = Path.Combine(found, FileName);
        var db = new Database(path);
        try
        {
            if (IsUnfinished(db)) throw Unfinished(found);
            Schema.Migrate(db, path);
            return new(found, db, clock ?? TimeProvider.System);
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    // what a first 'vaal init' leaves that was killed early: the next one completes it
    private static bool IsUnfinished(Database db) =>
        db.Number("select count(*) from sqlite_master where name = 'settings'") == 0 ? Schema.Version(db) == 0
            : db.Number("select count(*) from settings where name = 'root'") == 0;

    private static InputException Unfinished(string folder) =>
        new($"the workspace {folder} is empty: 'vaal init' did not finish; run it again");

    // there is no database, or an unfinished one
    private static bool IsNew(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return true;
        try
        {
            using var db = new Database(path);
            return IsUnfinished(db);
        }
        // the next step says what is wrong with it
        catch (Exception e) when (e is InputException or SqliteException)
        {
            return false;
        }
    }

    /// <summary>The folder of the nearest workspace, from <paramref name="start"/> upwards; null: there is
    /// none.</summary>
    public static string? Find(string start)
    {
        for (var folder = Path.GetFullPath(start); folder is not null; folder = Path.GetDirectoryName(folder))
            if (Candidates(folder).FirstOrDefault(f => File.Exists(Path.Combine(f, FileName))) is { } found)
                return found;
        return null;
    }

    /// <summary>For a command that works long on the workspace: while it is held, others of that kind wait, and then
    /// say who holds it.</summary>
    /// <param name="command">its name, for the others' message</param>
    /// <param name="wait">how long to wait for another one; null: five seconds</param>
    /// <exception cref="InputException">another holds it</exception>
    internal IDisposable Lock(string command, TimeSpan? wait = null, CancellationToken cancel = default)
        => WorkspaceLock.Take(Folder, command, wait ?? TimeSpan.FromSeconds(5), cancel);

    /// <summary>For the server of the workspace, of which there is one; other commands run beside it.</summary>
    /// <exception cref="InputException">there is one already</exception>
    internal IDisposable ServeLock() => WorkspaceLock.Take(Folder, "serve", TimeSpan.Zero, name: "serve.lock");

    /// <summary>
    /// For a command that changes labels and nothing else: it waits for others of that kind, but not for a training,
    /// which keeps the labels that it began with. A command that takes both locks takes <see cref="Lock"/> first.
    /// </summary>
    private WorkspaceLock LabelsLock(string command, CancellationToken cancel = default) =>
        WorkspaceLock.Take(Folder, command, TimeSpan.FromSeconds(5), cancel, "labels.lock");

    /// <summary>What is wrong with the database, if anything, by table and row: values that no vaal wrote, references
    /// to nothing, labels that are not what the ledger's changes come to, and what SQLite finds.</summary>
    internal IReadOnlyList<string> Problems() => DatabaseCheck.Faults(_db);

    /// <summary>Every change ever made, oldest first: what, when and who, in a line each.</summary>
    /// <param name="parts">also what each action changed, image by image</param>
    public IReadOnlyList<Report> Log(bool parts = false) => Entries(parts);

    internal IReadOnlyList<LedgerEntry> Entries(bool parts = false) => _ledger.Entries(parts);

    public void Dispose()
    {
        if (_first is { HasBegun: true } failed) failed.TakeAway(_db);
        _db.Dispose();
    }

    // the workspace's own folder stands for the images that it is of
    private static string Meant(string source, string? folder)
    {
        if (folder is null || Plain(source) != Plain(folder) || IsNew(folder)) return source;
        using var workspace = Open(folder);
        if (!Directory.Exists(workspace.Root)) throw workspace.Moved();
        var table = Path.GetFileName(workspace.Setting("source"));
        return string.IsNullOrEmpty(table) ? workspace.Root : Path.Combine(workspace.Root, table);

        static string Plain(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }

    // a workspace that lies elsewhere does not move with its images
    private InputException Moved() => new($"the image folder {Root} is not there any more; "
        + $"run 'vaal init DIR --workspace {Folder}' with its new place");

    // what names the images: a table, or else the folder that holds them
    private static bool IsTable(string full, string source)
    {
        Data.Labels.Sources.NoSpreadsheet(full);
        if (!File.Exists(full) || Manifest.Recognises(full)) return File.Exists(full);
        throw new InputException(
            $"{source} is a file; expected a folder of images, or a CSV or Parquet table with a column 'path'");
    }

    // the folder of the workspace, given that or the image folder
    private static string Home(string folder) =>
        Candidates(folder).FirstOrDefault(f => File.Exists(Path.Combine(f, FileName)))
            ?? throw new InputException(
                $"there is no workspace in {Path.GetFullPath(folder)}; 'vaal init DIR' makes one");

    private static string[] Candidates(string folder) =>
        [Path.GetFullPath(folder), Path.Combine(Path.GetFullPath(folder), FolderName)];

    /// <summary>The image folder by what the database says. Somebody else's database must not name other folders: a
    /// relative name leads upwards from the workspace, and from <c>.vaal</c> to the folder that holds it.</summary>
    private static string RootIn(string folder, string said)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(folder, said)));
        var above = Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar;
        var holds = folder.StartsWith(above, StringComparison.Ordinal);
        if (Path.GetFileName(folder) == FolderName && root != Path.GetDirectoryName(folder)
            || !Path.IsPathRooted(said) && !holds)
            throw new InputException(
                $"expected the images of {folder} in {Path.GetDirectoryName(folder)}, found {Text.Quote(said)} as "
                + "their place in its database; run 'vaal init DIR --workspace FOLDER' to name both");
        return root;
    }

    // a workspace inside the image folder moves with it
    private static string RelativeRoot(string root, string folder)
        => folder.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? Path.GetRelativePath(folder, root)
            : root;

    private string? Setting(string name) => _db.Text("select value from settings where name = $1", name);

    private void Set(string name, string value) =>
        _db.Execute("insert or replace into settings values ($1, $2)", name, value);
}
