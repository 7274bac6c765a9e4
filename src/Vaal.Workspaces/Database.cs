using Microsoft.Data.Sqlite;

namespace Vaal.Workspaces;

/// <summary>One connection to an SQLite file, and the few ways in which the workspace talks to it. Belongs to one
/// thread.</summary>
internal sealed class Database : IDisposable
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, Interrupted = 9, IoError = 10, Corrupt = 11, Full = 13,
        CannotOpen = 14, NotADatabase = 26;

    /// <summary>How long a writer waits for another one, in seconds.</summary>
    private const int Patience = 30;

    private readonly SqliteConnection _connection;
    private readonly string _path;
    // prepared once, run a million times
    private readonly Dictionary<string, SqliteCommand> _statements = [];
    private SqliteTransaction? _transaction;
    private CancellationToken _stop;
    private bool _checking, _isSnapshot;
    // as the file was when it was opened without locks; null: SQLite locks it
    private (long Length, DateTime At)? _unlocked;

    /// <summary>Opens a file, or makes it. One that may not be written to, or whose folder may not, can be
    /// read.</summary>
    public Database(string path)
    {
        _path = path;
        _connection = Guard(() =>
        {
            try
            {
                return Opened(path, SqliteOpenMode.ReadWriteCreate,
                    "pragma journal_mode = wal; pragma synchronous = full;");
            }
            catch (SqliteException e) when (e.SqliteErrorCode is ReadOnly or CannotOpen && IsOneFile(path))
            {
                _unlocked = StateOf(path);
                return Opened($"{UriOf(path)}?immutable=1", SqliteOpenMode.ReadOnly, "pragma schema_version");
            }
        });
    }

    /// <summary>Parameters are called $1, $2 and so on. Returns how many rows changed.</summary>
    public int Execute(string sql, params object?[] values)
    {
        var command = Command(sql, values);
        return Guard(command.ExecuteNonQuery);
    }

    /// <summary>Queries end where this is cancelled, from now on.</summary>
    public void StopOn(CancellationToken cancel)
    {
        _stop = cancel;
        // sqlite3_interrupt is forgotten where no statement has begun
        SQLitePCL.raw.sqlite3_progress_handler(_connection.Handle!, 10_000,
            _ => _stop.IsCancellationRequested ? 1 : 0, null!);
    }

    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params object?[] values)
    {
        _stop.ThrowIfCancellationRequested();
        var command = Command(sql, values);
        try
        {
            return Guard(() =>
            {
                var rows = new List<T>();
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    _stop.ThrowIfCancellationRequested();
                    rows.Add(row(reader));
                }
                return rows;
            });
        }
        // a row that no vaal wrote
        catch (Exception e) when (!_checking && DatabaseCheck.IsNonsense(e))
        {
            if (Fault() is { } fault) throw new InputException(Damaged(_path, fault), e);
            throw;
        }
    }

    /// <summary>The first column of the only row.</summary>
    public long Number(string sql, params object?[] values) =>
        Query(sql, r => r.IsDBNull(0) ? 0 : r.GetInt64(0), values).SingleOrDefault();

    /// <summary>The first column of the first row, or null.</summary>
    public string? Text(string sql, params object?[] values) => Query(sql, r => r.Text(0), values).FirstOrDefault();

    /// <summary>Whether nobody else has the file open. It waits a second at most.</summary>
    public bool IsAlone()
    {
        // SQLite leaves the log of several writers only where there are none
        using var command = _connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = ("pragma journal_mode = delete", 1);
        try
        {
            return command.ExecuteScalar() is "delete";
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Busy or Locked)
        {
            return false;
        }
        // a full disk, on which nobody else can have written
        catch (SqliteException e) when (e.SqliteErrorCode == Full || e.SqliteErrorCode == IoError
            && new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(_path))!).AvailableFreeSpace < 1 << 20)
        {
            return true;
        }
    }

    /// <summary>All of it or nothing. Nobody else writes from its first statement on, so that what it reads stays true.
    /// In another transaction it is part of that.</summary>
    public T Transaction<T>(Func<T> work)
    {
        if (_transaction is not null)
            return _isSnapshot ? throw new InvalidOperationException("a snapshot does not write") : work();
        using var transaction = _transaction = Guard(() => _connection.BeginTransaction(deferred: false));
        try
        {
            var result = work();
            Guard(() => { transaction.Commit(); return 0; });
            return result;
        }
        finally
        {
            _transaction = null;
        }
    }

    public void Transaction(Action work) => Transaction(() => { work(); return 0; });

    /// <summary>All that it reads is of one moment, whatever others write meanwhile. It must not write.</summary>
    public T Snapshot<T>(Func<T> read)
    {
        if (_transaction is not null) return read();
        using var transaction = _transaction = Guard(() => _connection.BeginTransaction(deferred: true));
        _isSnapshot = true;
        try
        {
            return read();
        }
        finally
        {
            (_transaction, _isSnapshot) = (null, false);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Command(string sql, object?[] values)
    {
        if (!_statements.TryGetValue(sql, out var command))
        {
            _statements[sql] = command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
        }
        command.Transaction = _transaction;
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    private T Guard<T>(Func<T> work)
    {
        try
        {
            var result = work();
            return HasChanged ? throw new SqliteException("it was changed", Busy) : result;
        }
        // half of what was read may be of before; as a refusal, which says nothing of what is in it
        catch (SqliteException e) when (HasChanged)
        {
            throw new InputException($"{_path} was changed while it was read; run the same command again",
                new SqliteException(e.Message, Busy));
        }
        catch (SqliteException e) when (e.SqliteErrorCode == Interrupted && _stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, _stop);
        }
        catch (SqliteException e) when (Explain(e) is { } message)
        {
            throw new InputException(message, e);
        }
    }

    private bool HasChanged => _unlocked is { } then && then != StateOf(_path);

    private static (long Length, DateTime At) StateOf(string path) =>
        new FileInfo(path) is { Exists: true } file ? (file.Length, file.LastWriteTimeUtc) : default;

    private static SqliteConnection Opened(string source, SqliteOpenMode mode, string pragmas)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = mode,
            ForeignKeys = true,
            // closing is then closing: the log is folded in
            Pooling = false,
            DefaultTimeout = Patience,
        }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = pragmas;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // what is in the log of several writers would not be seen
    private static bool IsOneFile(string path)
    {
        var log = new FileInfo($"{path}-wal");
        return new FileInfo(path).Exists && (!log.Exists || log.Length == 0) && !File.Exists($"{path}-journal");
    }

    private static string UriOf(string path) => "file:///"
        + string.Join('/', Path.GetFullPath(path).Replace('\\', '/').TrimStart('/').Split('/')
            .Select(Uri.EscapeDataString));

    /// <summary>What is said of a database with nonsense in it.</summary>
    public static string Damaged(string path, string fault) =>
        $"{path} is damaged: {fault}; 'vaal check' lists what is wrong";

    /// <summary>What is said behind the name of a folder that may not be written to.</summary>
    public const string ReadOnlyWords =
        "is read-only; give yourself the right to write to it, or copy it together with its images";

    /// <summary>Whether the file could not be opened or written: that says nothing of what is in it.</summary>
    public static bool IsRefusal(InputException e) => e.InnerException is SqliteException
    {
        SqliteErrorCode: Busy or Locked or ReadOnly or IoError or Full or CannotOpen
    };

    // why a row could not be read; null: not because of the row
    private string? Fault()
    {
        _checking = true;
        try
        {
            return DatabaseCheck.Faults(this, most: 1, cancel: _stop).FirstOrDefault();
        }
        finally
        {
            _checking = false;
        }
    }

    private string? Explain(SqliteException e) => e.SqliteErrorCode switch
    {
        Busy or Locked => $"another program has been writing to {_path} for {Patience} s; wait or stop it",
        ReadOnly when _unlocked is not null => $"{Path.GetDirectoryName(_path)} {ReadOnlyWords}",
        ReadOnly => $"{_path} may not be written to; give yourself the right, or name another place with --workspace",
        IoError => $"no space left, or an input/output error, at {_path}; nothing was changed",
        Full => $"no space left on the disk of {_path}; nothing was changed",
        CannotOpen => $"{_path} cannot be opened: it, or the folder it lies in, may not be written to",
        Corrupt or NotADatabase =>
            $"{_path} is damaged or not a workspace of vaal ({e.Message}); restore it from a copy",
        _ => null,
    };
}

internal static class ReaderExtensions
{
    public static string? Text(this SqliteDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);
    public static int? Whole(this SqliteDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetInt32(column);
}
