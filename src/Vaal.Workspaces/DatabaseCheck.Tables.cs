using System.Globalization;

namespace Vaal.Workspaces;

internal static partial class DatabaseCheck
{
    private sealed record Column(string Name, string Type, bool NotNull, int Key);

    private sealed record Table(string Name, IReadOnlyList<Column> Columns)
    {
        public IReadOnlyList<Column> Keys { get; } = [.. Columns.Where(c => c.Key > 0).OrderBy(c => c.Key)];

        /// <summary>An SQL expression that names a row.</summary>
        public string Row => Keys.Count == 0 ? "rowid" : string.Join(" || ' ' || ", Keys.Select(k =>
            Keys is [{ Name: "id" }] ? $"quote({Quoted(k)})" : $"'{k.Name} ' || quote({Quoted(k)})"));

        public static string Quoted(Column column) => $"\"{column.Name}\"";
    }

    private static Dictionary<string, Table> Tables(Database db) =>
        db.Query("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name",
            r => r.GetString(0)).ToDictionary(name => name, name => new Table(name, db.Query(
                $"pragma table_info(\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\")",
                r => new Column(r.GetString(1), r.GetString(2).ToLowerInvariant(), r.GetInt32(3) != 0,
                    r.GetInt32(5)))));

    private static IEnumerable<string> Shape(
        Dictionary<string, Table> wanted, Dictionary<string, Table> found, long version, Database db)
    {
        foreach (var table in wanted.Values)
        {
            if (!found.TryGetValue(table.Name, out var there))
            {
                yield return $"the table {table.Name} of schema {version} is missing";
                continue;
            }
            foreach (var column in table.Columns.Where(c => there.Columns.All(o => o.Name != c.Name)))
                yield return $"table {table.Name}: the column {column.Name} of schema {version} is missing";
            foreach (var column in there.Columns.Where(c => table.Columns.All(o => o.Name != c.Name)))
                yield return $"table {table.Name}: the column {column.Name} does not belong to schema {version}";
        }
        foreach (var name in found.Keys.Where(n => !wanted.ContainsKey(n)).Order(StringComparer.Ordinal))
            yield return $"the table {name} does not belong to schema {version}";
        if (wanted.ContainsKey("settings") && found.ContainsKey("settings")
            && db.Number("select count(*) from settings where name = 'root'") == 0)
            yield return "table settings: the row root is missing; 'vaal init DIR' writes it";
    }

    private static IEnumerable<string> Values(Database db, Table table)
    {
        foreach (var column in table.Columns)
        {
            var name = Table.Quoted(column);
            var whole = column.Type == "integer";
            var types = whole ? "'integer'" : column.Type == "real" ? "'real', 'integer'" : $"'{column.Type}'";
            if (!column.NotNull && column.Key == 0) types += ", 'null'";
            var expected = whole ? "a whole number" : column.Type == "real" ? "a number"
                : column.Type == "blob" ? "bytes" : "a text";
            foreach (var fault in Where(table, column, $"typeof({name}) not in ({types})", expected))
                yield return fault;
            var wide = _long.Contains(column.Name) || _long.Contains($"{table.Name}.{column.Name}");
            if (whole && !wide)
                foreach (var fault in Where(table, column,
                    $"typeof({name}) = 'integer' and {name} not between 0 and {int.MaxValue}",
                    $"0 to {int.MaxValue.ToString("N0", CultureInfo.InvariantCulture)}")) yield return fault;
            if (column.Type == "real")
                foreach (var fault in Where(table, column, $"abs({name}) > 1.8e308", "a finite number"))
                    yield return fault;
        }
        if (table.Name != "images") yield break;
        foreach (var hash in table.Columns.Where(c => c.Name is "content_hash" or "small_hash" or "pixel_hash"))
            foreach (var fault in Where(table, hash, $"length({hash.Name}) <> 16", "16 bytes")) yield return fault;
        var state = table.Columns.Single(c => c.Name == "state");
        foreach (var fault in Where(table, state, "state not in ('ok', 'broken', 'duplicate', 'removed')",
            "ok, broken, duplicate or removed")) yield return fault;
        foreach (var fault in Where(table, state, "state in ('ok', 'duplicate') and "
            + "(content_hash is null or small_hash is null)", "broken, as the row has no hashes")) yield return fault;
        foreach (var fault in Where(table, state, "(state = 'duplicate') <> (duplicate_of is not null)",
            "duplicate where duplicate_of has a value, and only there")) yield return fault;
        foreach (var fault in Where(table, table.Columns.Single(c => c.Name == "modified"),
            "modified < -1 or modified > "
            + DateTime.MaxValue.Ticks.ToString(CultureInfo.InvariantCulture), "ticks of a moment, or -1"))
            yield return fault;

        IEnumerable<string> Where(Table of, Column column, string where, string what) => Lines(db,
            $"select {of.Row}, quote({Table.Quoted(column)}) from \"{of.Name}\" where {where} limit {MostOfAKind}",
            r => At(of, r.Text(0), $"{column.Name} is {Short(r.Text(1))}; expected {what}"));
    }

    private static IEnumerable<string> Doubled(Database db, Table table)
    {
        // with a +: not by the index, which may be broken
        var keys = table.Keys.Select(k => $"+{Table.Quoted(k)}").ToList();
        if (keys.Count > 0)
            foreach (var fault in Twice(string.Join(", ", keys), "1", "key")) yield return fault;
        if (table.Name == "images")
            foreach (var fault in Twice("+path", "state <> 'removed'", "path")) yield return fault;

        IEnumerable<string> Twice(string columns, string where, string what) => Lines(db,
            $"select {table.Row}, count(*) from \"{table.Name}\" where {where} group by {columns} having count(*) > 1 "
                + $"limit {MostOfAKind}",
            r => At(table, r.Text(0), $"{r.GetInt64(1)} rows have this {what}; expected one"));
    }

    private static IEnumerable<string> References(Database db, Database model, Table table)
    {
        var references = model.Query($"pragma foreign_key_list(\"{table.Name}\")",
            r => (To: r.GetString(2), From: r.GetString(3), Column: r.Text(4) ?? "id"));
        foreach (var (to, from, column) in references)
        {
            foreach (var fault in Lines(db,
                $"select {table.Row}, quote(\"{from}\") from \"{table.Name}\" where \"{from}\" is not null and "
                    + $"not exists (select 1 from \"{to}\" other where other.\"{column}\" = "
                    + $"\"{table.Name}\".\"{from}\") limit {MostOfAKind}",
                r => At(table, r.Text(0), $"{from} is {Short(r.Text(1))}, and {to} has no such row")))
                yield return fault;
        }
    }
}
