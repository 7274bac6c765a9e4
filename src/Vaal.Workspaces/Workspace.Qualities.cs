using Vaal.Data;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>How the pictures are as pictures, by the image's id, as far as that was measured.</summary>
    internal IReadOnlyDictionary<int, PictureQuality> Qualities() => _db.Query(
        """
        select q.image, q.sharpness, q.brightness, q.information from qualities q
        join images i on i.id = q.image and i.bytes = q.bytes and i.modified = q.modified
        """, r => (Image: r.GetInt32(0), Quality: new PictureQuality(r.GetDouble(1), r.GetDouble(2), r.GetDouble(3))))
        .ToDictionary(q => q.Image, q => q.Quality);

    /// <summary>Measures the pictures that are new or have changed; takes long, and needs no transaction.</summary>
    private List<(ImageRow Row, PictureQuality Quality)> Measured(IEnumerable<ImageRow> rows, LoadOptions loading)
    {
        var known = _db.Query("select image, bytes, modified from qualities",
            r => (r.GetInt32(0), r.GetInt64(1), r.GetInt64(2))).ToHashSet();
        ImageRow[] missing = [.. rows.Where(r => r.State == ImageState.Ok
            && !known.Contains((r.Id, r.Bytes, r.Modified)))];
        var qualities = new PictureQuality?[missing.Length];
        var done = 0;
        Parallel.For(0, missing.Length, PackedCache.Parallelism(loading), i =>
        {
            if (ImageFiles.FileOf(missing[i].Path, out _) is { } file)
                qualities[i] = PictureQuality.OfFile(file, Math.Min(missing[i].Width, missing[i].Height));
            if (Interlocked.Increment(ref done) % 256 == 0)
                loading.Report?.Invoke(new("measuring pictures", done, missing.Length));
        });
        return [.. missing.Zip(qualities).Where(m => m.Second is not null).Select(m => (m.First, m.Second!))];
    }

    private void SaveQualities(IEnumerable<(ImageRow Row, PictureQuality Quality)> measured)
    {
        foreach (var (row, quality) in measured)
            _db.Execute("insert or replace into qualities values ($1, $2, $3, $4, $5, $6)", row.Id, row.Bytes,
                row.Modified, quality.Sharpness, quality.Brightness, quality.Information);
    }
}
