using Microsoft.Data.Sqlite;

namespace Vaal.Workspaces;

/// <summary>A row of the table of images while it is worked on: what the world sees of it, and its hashes.</summary>
internal sealed record IndexedImage(ImageRow Row, ImageHashes? Hashes)
{
    private const string Columns =
        "path, bytes, modified, width, height, state, reason, duplicate_of, near_group, test, content_hash, " +
        "small_hash, pixel_hash, perceptual_hash";

    public bool Present => Row.State != ImageState.Removed;

    public static List<IndexedImage> All(Database db) =>
        db.Query($"select {Columns}, id from images order by id", r => new IndexedImage(
        new(r.GetInt32(14), r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetInt32(3), r.GetInt32(4),
            Enum.Parse<ImageState>(r.GetString(5), ignoreCase: true),
            r.Text(6), r.Whole(7), r.Whole(8), r.GetInt32(9) != 0),
        r.IsDBNull(10) || r.IsDBNull(11)
            ? null
            : new(Hash(r, 10)!.Value, Hash(r, 11)!.Value, Hash(r, 12), r.IsDBNull(13) ? null : (ulong)r.GetInt64(13))));

    /// <summary>Writes the row; one without an id yet gets it.</summary>
    public void Save(Database db)
    {
        object?[] values =
        [
            Row.Path, Row.Bytes, Row.Modified, Row.Width, Row.Height, Row.State.ToString().ToLowerInvariant(),
                Row.Reason, Row.DuplicateOf, Row.NearGroup, Row.Test ? 1 : 0,
            ImageHashes.ToBytes(Hashes?.Content), ImageHashes.ToBytes(Hashes?.Small),
                ImageHashes.ToBytes(Hashes?.Pixels), (long?)Hashes?.Perceptual, Row.Id,
        ];
        db.Execute(
            $"insert into images ({Columns}, id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, " +
                $"$14, $15) on conflict (id) do update set "
                + string.Join(", ", Columns.Split(", ").Select(c => $"{c} = excluded.{c}")), values);
    }

    private static UInt128? Hash(SqliteDataReader r, int column) =>
        r.IsDBNull(column) ? null : ImageHashes.First(r.GetFieldValue<byte[]>(column));
}
