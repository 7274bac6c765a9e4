using Microsoft.Data.Sqlite;

namespace Vaal.Workspaces;

/// <summary>One connection to an SQLite file, and the few ways in which the workspace talks to it. Belongs to one
/// thread.</summary>
internal sealed class Database : IDisposable
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    /// <summary>How long a writer waits for another one, in seconds.</summary>
    private const int Patience = 30;

    private readonly SqliteConnection _connection;
    private readonly string _path;
    // prepared once, run a million times
    private readonly Dictionary<string, SqliteCommand> _statements = [];
    private SqliteTransaction? _transaction;
    private bool _checking;

    public Database(string path)
    {
        _path = path;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            ForeignKeys = true,
            // closing is then closing: the log is folded in
            Pooling = false,
            DefaultTimeout = Patience,
        }.ToString());
        try
        {
            Guard(() =>
            {
                _connection.Open();
                using var command = _connection.CreateCommand();
                command.CommandText = "pragma journal_mode = wal; pragma synchronous = full;";
                return command.ExecuteNonQuery();
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Parameters are called $1, $2 and so on. Returns how many rows changed.</summary>
    public int Execute(string sql, params object?[] values)
    {
        var command = Command(sql, values);
        return Guard(command.ExecuteNonQuery);
    }

    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params object?[] values)
    {
        var command = Command(sql, values);
        try
        {
            return Guard(() =>
            {
                var rows = new List<T>();
                using var reader = command.ExecuteReader();
                while (reader.Read()) rows.Add(row(reader));
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
    }

    /// <summary>All of it or nothing. Nobody else writes from its first statement on, so that what it reads stays
    /// true.</summary>
    public T Transaction<T>(Func<T> work)
    {
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
        try
        {
            return read();
        }
        finally
        {
            _transaction = null;
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
            return work();
        }
        catch (SqliteException e) when (Explain(e) is { } message)
        {
            throw new InputException(message, e);
        }
    }

    /// <summary>What is said of a database with nonsense in it.</summary>
    public static string Damaged(string path, string fault) =>
        $"{path} is damaged: {fault}; 'vaal check' lists what is wrong";

    /// <summary>Whether the file could not be opened or written: that says nothing of what is in it.</summary>
    public static bool IsRefusal(InputException e) => e.InnerException is SqliteException
    {
        SqliteErrorCode: Busy or Locked or ReadOnly or Full or CannotOpen
    };

    // why a row could not be read; null: not because of the row
    private string? Fault()
    {
        _checking = true;
        try
        {
            return DatabaseCheck.Faults(this, most: 1).FirstOrDefault();
        }
        finally
        {
            _checking = false;
        }
    }

    private string? Explain(SqliteException e) => e.SqliteErrorCode switch
    {
        Busy or Locked => $"another program has been writing to {_path} for {Patience} s; wait or stop it",
        ReadOnly => $"{_path} may not be written to; give yourself the right, or name another place with --workspace",
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
