using Microsoft.Data.Sqlite;

namespace Vaal.Experiments;

/// <summary>
/// The rounds of a bench as an SQLite file, for queries: a table <c>results</c> with the
/// columns of <c>results.csv</c>, and <c>failures</c>. Written again and replaced atomically; nothing is read from it.
/// </summary>
internal static class ResultsDatabase
{
    public const string Name = "results.sqlite";

    public static void Write(string path, IReadOnlyList<ResultRow> rows, IReadOnlyList<BenchFailure> failures)
    {
        var unfinished = path + ".tmp";
        File.Delete(unfinished);
        using (var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = unfinished, Pooling = false }.ToString()))
        {
            connection.Open();
            using var transaction = connection.BeginTransaction();
            Table(connection, "results", rows, "primary key (pool, strategy, seed, round)");
            Table(connection, "failures", failures, "primary key (pool, strategy, seed)");
            transaction.Commit();
        }
        File.Move(unfinished, path, overwrite: true);
    }

    private static void Table<T>(SqliteConnection connection, string name, IReadOnlyList<T> rows, string key)
    {
        var columns = ResultsFile.Columns(rows);
        using var create = connection.CreateCommand();
        var definitions = string.Join(", ", columns.Select(c => $"{c.Name} {Kind(c.PropertyType)}"));
        create.CommandText = $"create table {name} ({definitions}, {key}) strict";
        create.ExecuteNonQuery();
        using var insert = connection.CreateCommand();
        insert.CommandText = $"insert into {name} values ({string.Join(", ", columns.Select((_, i) => $"${i}"))})";
        var values = columns.Select((_, i) => insert.Parameters.Add($"${i}", SqliteType.Text)).ToArray();
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Count; i++)
            {
                values[i].Value = columns[i]
                    .Get!(row!) switch
                { null or double.NaN => DBNull.Value, var value => value };
                values[i].ResetSqliteType();
            }
            insert.ExecuteNonQuery();
        }
    }

    private static string Kind(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(double) || plain == typeof(decimal)
            ? "real"
            : plain == typeof(string)
            ? "text"
            : "integer";
    }
}
