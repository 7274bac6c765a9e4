using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Vaal.Bench.Attack;

/// <summary>Puts nonsense into one column of one table of an SQLite file, past all of its rules; or doubles a
/// row.</summary>
internal static class DatabaseDamage
{
    private static readonly string[] _nonsense =
    [
        "null", "'nonsense'", "''", "'{\"a\":'", "'[]'", "'7'", "'{\"before\":1}'", "'2026-13-45T99:00:00Z'", "-1",
        "9999999999999", "9223372036854775807", "1e999", "0.5", "x'00ff'",
    ];

    /// <summary>Tables and columns of the file.</summary>
    public static IReadOnlyList<(string Table, string Column)> Columns(string path)
    {
        using var db = Open(path);
        const string tables =
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name";
        return [.. Rows(db, tables)
            .SelectMany(table => Rows(db, $"select name from pragma_table_info('{table}')").Select(c => (table, c)))];
    }

    /// <summary>Some rows get a value that does not belong there.</summary>
    /// <returns>what was done; null: the table has no row, or the value cannot be brought in</returns>
    public static string? Column(string path, string table, string column, Random random)
    {
        var value = _nonsense[random.Next(_nonsense.Length)];
        return Change(path, table, $"update \"{table}\" set \"{column}\" = {value} where rowid_or_key", random,
            $"{table}.{column} = {value}", keepKeys: true);
    }

    /// <summary>A row is there twice.</summary>
    public static string? Double(string path, string table, Random random) => Change(path, table,
        $"insert into \"{table}\" select * from \"{table}\" where rowid_or_key", random, $"{table} doubled",
        keepKeys: false);

    /// <summary>A reference leads to nothing, because the row is gone.</summary>
    public static string? Delete(string path, string table, Random random) => Change(path, table,
        $"delete from \"{table}\" where rowid_or_key", random, $"{table} without some rows", keepKeys: true);

    /// <summary>The schema version is another.</summary>
    public static string Version(string path, int version)
    {
        using var db = Open(path);
        Execute(db, $"pragma user_version = {version.ToString(CultureInfo.InvariantCulture)}");
        return $"schema version {version}";
    }

    private static string? Change(string path, string table, string sql, Random random, string done, bool keepKeys)
    {
        using (var db = Open(path))
        {
            if (Rows(db, $"select 1 from \"{table}\" limit 1").Count == 0) return null;
            Execute(db, "pragma foreign_keys = off; pragma ignore_check_constraints = on; "
                + "drop trigger if exists ledger_is_not_changed; drop trigger if exists ledger_is_not_cut; "
                + "drop index if exists images_by_path;");
            if (keepKeys)
                Execute(db, "pragma writable_schema = on; update sqlite_master set sql = replace(replace(replace(sql, "
                    + "'is not null', 'is_value'), ' not null', ''), 'is_value', 'is not null') "
                    + "where type = 'table'; pragma writable_schema = off;");
            else
                Execute(db, $"pragma legacy_alter_table = on; create table other as select * from \"{table}\"; "
                    + $"drop table \"{table}\"; alter table other rename to \"{table}\";");
        }
        using var again = Open(path);
        Execute(again, "pragma foreign_keys = off; pragma ignore_check_constraints = on;");
        var key = Rows(again, $"select wr from pragma_table_list('{table}')")[0] == "1"
            ? Rows(again, $"select name from pragma_table_info('{table}') where pk = 1")[0] : "rowid";
        var keys = Rows(again, $"select quote(\"{key}\") from \"{table}\" order by 1");
        var row = keys[random.Next(keys.Count)];
        try
        {
            Execute(again, sql.Replace("rowid_or_key", $"\"{key}\" is {row}", StringComparison.Ordinal));
            return $"{done} in row {row}";
        }
        catch (SqliteException)
        {
            return null;                                                             // a key that is there already
        }
    }

    private static SqliteConnection Open(string path)
    {
        var db = new SqliteConnection($"Data Source={path};Pooling=False");
        db.Open();
        return db;
    }

    private static void Execute(SqliteConnection db, string sql)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static List<string> Rows(SqliteConnection db, string sql)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(reader.GetString(0));
        return rows;
    }
}
