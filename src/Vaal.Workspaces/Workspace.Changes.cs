using Vaal.Data;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>What became of the images that were known.</summary>
    private sealed record Difference
    {
        public int Added, Changed, Moved, Removed, Back;
        public List<(string What, int Image, string Change)> Parts { get; } = [];

        public void Found(IndexedImage was, IndexedImage image)
        {
            if (!was.Present) Add(ref Back, "back", was, new { });
            if (was.Row.Path != image.Row.Path)
                Add(ref Moved, "moved", was, new { from = was.Row.Path, to = image.Row.Path });
            if (was.Hashes?.Content != image.Hashes?.Content)
                Add(ref Changed, "changed", was, new { bytes = image.Row.Bytes, broken = image.Row.Reason });
        }

        public void Gone(IndexedImage was) => Add(ref Removed, "removed", was, new { });

        private void Add<T>(ref int count, string what, IndexedImage image, T change)
        {
            count++;
            Parts.Add((what, image.Row.Id, System.Text.Json.JsonSerializer.Serialize(change, Vaal.Json.Options)));
        }
    }

    /// <summary>Every file with its hashes; of those that have not changed, the ones that are known. Rows have no id
    /// yet.</summary>
    private List<IndexedImage> Hashed(
        PackedFile packed, IEnumerable<IndexedImage> before, LoadOptions loading, bool again)
    {
        var known = before.Where(b => b.Present).ToDictionary(b => b.Row.Path);
        var positions = new int[packed.Entries.Count];
        for (int i = 0, at = 0; i < positions.Length; i++) positions[i] = packed.Entries[i].Problem is null ? at++ : -1;
        var images = new IndexedImage[positions.Length];
        var done = 0;
        Parallel.For(0, images.Length, PackedCache.Parallelism(loading), i =>
        {
            var (file, _, _, problem) = packed.Entries[i];
            images[i] = known.TryGetValue(file.Path, out var old) && old.Row.Bytes == file.Length
                && old.Row.Modified == file.Modified && !again && (problem is null) == (old.Hashes is not null)
                ? old
                : positions[i] < 0 ? Broken(file, problem!) : Hash(file, packed[positions[i]]);
            if (Interlocked.Increment(ref done) % 256 == 0)
                loading.Report?.Invoke(new("looking for duplicates", done, images.Length));
        });
        return [.. images];

        IndexedImage Hash(SourceFile file, ReadOnlySpan<byte> pixels)
        {
            try
            {
                if (ImageFiles.FileOf(file.Path, out var outside) is not { } path)
                    return Broken(file with { Modified = -1 }, outside!);
                var (width, height) = ImageDecoder.SizeOf(path) ?? (0, 0);
                return new(
                    new(0, file.Path, file.Length, file.Modified, width, height, ImageState.Ok, null,
                        null, null, false),
                    new(ImageHashes.OfFile(path), ImageHashes.OfSmall(pixels, width, height), null,
                        PerceptualHash.Of(pixels, loading.Channels ?? 3, loading.Size, loading.Fit, width, height)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // it has gone meanwhile: the next run looks again
                return Broken(file with { Modified = -1 }, e.Message);
            }
        }

        static IndexedImage Broken(SourceFile file, string problem)
            => new(new(0, file.Path, file.Length, file.Modified, 0, 0, ImageState.Broken, problem, null, null, false),
                null);
    }

    /// <summary>
    /// Gives each file its row: the one with its path and content; else one with its content, because labels belong to
    /// what is to be seen and not to a name; else the one with its path, whose content was changed; else a new one.
    /// </summary>
    private List<IndexedImage> Known(
        List<IndexedImage> now, Dictionary<int, IndexedImage> before, out Difference change)
    {
        change = new();
        var byPath = before.Values.Where(b => b.Present).ToDictionary(b => b.Row.Path);
        var rows = new IndexedImage?[now.Count];
        var free = before.Values.ToDictionary(b => b.Row.Id);
        Assign(image => byPath.GetValueOrDefault(image.Row.Path) is { } old
            && old.Hashes?.Content == image.Hashes?.Content ? old : null);
        var byContent = free.Values.Where(b => b.Hashes is not null).OrderByDescending(b => b.Present)
            .ThenBy(b => b.Row.Id).ToLookup(b => b.Hashes!.Content);
        Assign(image => image.Hashes is null
            ? null
            : byContent[image.Hashes.Content].Where(b => free.ContainsKey(b.Row.Id))
            .OrderByDescending(b => b.Row.Path == image.Row.Path).FirstOrDefault());
        Assign(image => byPath.GetValueOrDefault(image.Row.Path) is { } old
            && free.ContainsKey(old.Row.Id) ? old : null);

        var next = (int)_db.Number("select max(seq) from sqlite_sequence where name = 'images'");
        var images = new List<IndexedImage>(now.Count);
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] is { } row) change.Found(row, now[i]);
            else change.Added++;
            // the pixel hash was expensive: it is kept as long as the content
            var hashes = now[i].Hashes is { } h && rows[i]?.Hashes is { } old && old.Content == h.Content
                ? h with { Pixels = old.Pixels }
                : now[i].Hashes;
            images.Add(new(now[i].Row with
            {
                Id = rows[i]?.Row.Id ?? ++next,
                Test = rows[i]?.Row.Test ?? false,
                State = hashes is null ? ImageState.Broken : ImageState.Ok,
                DuplicateOf = null,
                NearGroup = null,
            }, hashes));
        }
        foreach (var gone in free.Values)
        {
            if (gone.Present) change.Gone(gone);
            var row = gone.Row with { State = ImageState.Removed, Reason = null, DuplicateOf = null, NearGroup = null };
            images.Add(gone with { Row = row });
        }
        return images;

        void Assign(Func<IndexedImage, IndexedImage?> find)
        {
            for (var i = 0; i < rows.Length; i++)
                if (rows[i] is null && (rows[i] = find(now[i])) is { } found) free.Remove(found.Row.Id);
        }
    }
}
