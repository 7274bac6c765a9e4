using Microsoft.Data.Sqlite;

namespace Vaal.Workspaces;

/// <summary>
/// What a first <c>init</c> makes of a workspace that was not there. If it fails, it takes all of that away again: the
/// next command would find an empty workspace.
/// </summary>
internal sealed class FirstIndex
{
    private readonly string _folder, _database;
    private readonly string? _made;
    private CancellationToken _stop;

    private FirstIndex(string folder, string database, string? made) =>
        (_folder, _database, _made) = (folder, database, made);

    /// <summary>Before anything is made; null: the database is there already.</summary>
    public static FirstIndex? Of(string folder, string database)
    {
        if (File.Exists(database)) return null;
        string? made = null;                     // the highest folder that is not there
        for (var above = folder; above is not null && !Directory.Exists(above); above = Path.GetDirectoryName(above))
            made = above;
        return new(folder, database, made);
    }

    /// <summary>From now on what is there was made by the command, until it is done.</summary>
    /// <param name="stop">the user's; decoded pictures are kept then, so that the next run need not decode
    /// them</param>
    public void Begin(CancellationToken stop) => (HasBegun, _stop) = (true, stop);

    public bool HasBegun { get; private set; }

    /// <summary>Closes the database and deletes what was made. Where somebody else has begun to use the workspace, it
    /// stays.</summary>
    public void TakeAway(Database? database)
    {
        try
        {
            using (WorkspaceLock.Take(_folder, "init", TimeSpan.Zero))
            {
                var unused = database is null || IsEmpty(database) && database.IsAlone();
                database?.Dispose();
                if (!unused) return;
                // on a full disk SQLite may leave its logs
                foreach (var end in new[] { "", "-wal", "-shm", "-journal" }) File.Delete(_database + end);
                File.Delete(Path.Combine(_folder, "labels.lock"));
                if (_made is not null && !_stop.IsCancellationRequested)
                    foreach (var pixels in Directory.EnumerateFiles(_folder, "*.pixels")) File.Delete(pixels);
            }
            File.Delete(Path.Combine(_folder, "lock"));
            if (_made is null) return;
            // a folder that somebody has put something into is not deleted
            for (var empty = _folder; empty.Length >= _made.Length; empty = Path.GetDirectoryName(empty)!)
                Directory.Delete(empty);
        }
        // the message of the failure itself is what counts
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException or SqliteException)
        {
        }
        finally
        {
            database?.Dispose();
        }
    }

    // settings say only where the images are
    private static bool IsEmpty(Database database) => database.Query(
            "select name from sqlite_master where type = 'table' and name <> 'settings' and name not like 'sqlite_%'",
            row => row.GetString(0))
        .TrueForAll(table => database.Number($"select exists (select 1 from \"{table}\")") == 0);
}
