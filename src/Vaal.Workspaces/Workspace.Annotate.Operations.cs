using System.Security.Cryptography;
using System.Text.Json;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>The page sends an operation again if it got no answer. Its id tells that it is the same one.</summary>
public sealed partial class Workspace
{
    private const string UsedForSomethingElse = "this operation id was used for something else; use a new one";

    /// <summary>An operation that was saved.</summary>
    /// <param name="What">kind of the ledger's entry</param>
    /// <param name="By">who did it; null: an older vaal did not write it down</param>
    /// <param name="Said">what was asked for; null: an older vaal did not write it down</param>
    private sealed record SavedOperation(long Entry, string What, string? By, string? Said)
    {
        public bool Is(string what, string who, string said) =>
            Said is null ? What == what && (By ?? who) == who : Said == said;
    }

    private SavedOperation? Saved(string op) => _db.Query(
        """
        select o.entry, l.what, l.change ->> 'by', o.said
        from operations o join ledger l on l.id = o.entry where o.op = $1
        """, r => new SavedOperation(r.GetInt64(0), r.GetString(1), r.Text(2), r.Text(3)), op).FirstOrDefault();

    /// <summary>The entry that saved this very operation before; null: none did.</summary>
    /// <exception cref="InputException">its id was used for something else</exception>
    private long? EntryOf(string op, string what, string who, string said) => Saved(op) is not { } saved ? null
        : saved.Is(what, who, said) ? saved.Entry : throw new InputException(UsedForSomethingElse);

    internal bool IsSaved(string op) => Saved(op) is not null;

    private void Remember(string op, long entry, string said) =>
        _db.Execute("insert into operations values ($1, $2, $3)", op, entry, said);

    /// <summary>A digest of what a person asks for: the same where it is sent again.</summary>
    private static string Said(string what, string who, params string?[] content) => Convert.ToHexStringLower(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes<string?[]>([what, who, .. content], Json.Options)));

    private static string Said(LabelOperation o, string who) => Said("label", who, $"{o.Image}", $"{o.Kind}", o.Class,
        o.Classes is null ? null : JsonSerializer.Serialize(o.Classes, Json.Options),
        // a shape that cannot be is never saved, and may have no JSON
        o.Shapes.Any(s => Geometry.Problem(s, null) is not null) ? "impossible" : LabelRow.JsonOf(o.Shapes),
        $"{o.Part}", $"{o.Add} {o.Settle}");
}
