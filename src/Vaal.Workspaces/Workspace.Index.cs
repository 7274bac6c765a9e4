using Vaal.Data;
using Vaal.Data.Labels;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    private const int DefaultNearBits = 6;

    /// <summary>Looks through the images: new, changed, renamed and removed files, duplicates, what cannot be decoded.
    /// Labels are kept.</summary>
    /// <exception cref="InputException">an option is out of range, a listed test image is not there, or no image
    /// is</exception>
    public IndexReport Index(IndexOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problems().ToList() is { Count: > 0 } problems)
            throw new InputException(string.Join("; ", problems));
        using var held = Lock("init", cancel: options.Cancel);
        using var labelsHeld = LabelsLock("init", options.Cancel);
        if (options.FollowLinks) FollowLinks();
        var notes = new List<string>();
        var (files, classes) = Sources(options, notes);
        var listed = options.TestList is null ? null : Listed(options.TestList, files);

        var stored = Loading(options.Size, options.Report, options.Cancel);
        var loading = stored with { Fit = options.Fit ?? stored.Fit };
        var pixels = $"{loading.Size} {loading.Fit}";
        using var packed = PackedCache.Open(ImageFiles, files, loading, notes);
        var before = IndexedImage.All(_db).ToDictionary(i => i.Row.Id);
        var now = Hashed(packed, before.Values, loading, again: Setting("hashed") != pixels);

        // the table of images changes only under the lock, so that what takes long can be done before the transaction
        var images = Known(now, before, out var change);
        Confirm(images, loading);
        var measured = Measured(images.Select(i => i.Row), loading);

        return _db.Transaction(() =>
        {
            Set("size", loading.Size.ToString(Invariant));
            Set("fit", loading.Fit.ToString());
            Set("hashed", pixels);
            if (options.Frame is { } frame) Set("frame", $"{frame.Width}x{frame.Height}");
            if (options.Encoder is { } encoder) Set("encoder", encoder);
            else if (Setting("encoder") is null)
                Set("encoder", ImageSources.EncoderFor(images.Select(i => Math.Min(i.Row.Width, i.Row.Height))));
            if (options.Background is { } background) Set("background", background.Trim());
            if (options.Classes is { } declared) SetClasses(declared);
            if (options.NearDuplicates is { } bits) Set("near", bits.ToString(Invariant));
            var chooses = (listed is not null || options.Test is not null) && !HasTest(notes);
            if (chooses && listed is not null)
                images = [
                    .. images.Select(
                        i => listed.Contains(i.Row.Path) && i.Present
                        ? i with { Row = i.Row with { Test = true } }
                        : i)];
            var labels = _db.Query("select image from labels", r => r.GetInt32(0)).ToHashSet();
            var groups = FindDuplicates(images, labels);
            Group(images, int.Parse(Setting("near") ?? $"{DefaultNearBits}", Invariant));
            if (chooses && options.Test is not null) DrawTest(images, options.Test, options.Seed);
            if (chooses) Set("test", Ledger.Stamp(_clock.GetUtcNow()));

            Save(images, before);
            SaveQualities(measured);
            var present = images.Where(i => i.Present).Select(i => i.Row).ToList();
            var ok = present.Where(r => r.State == ImageState.Ok).ToList();
            var test = ok.Count(r => r.Test);
            Record(change, images, before, groups, labels,
                new
                {
                    images = present.Count,
                    change.Added,
                    change.Changed,
                    change.Moved,
                    change.Removed,
                    change.Back,
                    test
                });
            var taken = options.Labels
                ? Take("folders", Setting("source") is { Length: > 0 } table
                    ? table
                    : Path.GetFileName(Root), GivenBy(files, classes, images), [], new())
                : null;
            return new IndexReport(
                present.Count, change.Added, change.Changed, change.Moved, change.Removed, change.Back,
                [.. present.Where(r => r.State == ImageState.Broken)],
                    present.Count(r => r.State == ImageState.Duplicate),
                ok.Count(r => r.NearGroup is not null), ok.Select(r => r.NearGroup).OfType<int>().Distinct().Count(),
                    test, chooses, taken, notes);
        });
    }

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

    /// <summary>The image files, and what the manifest says of their classes.</summary>
    private (List<SourceFile> Files, Dictionary<string, (string Class, string Where)>? Classes) Sources(
        IndexOptions options, List<string> notes)
    {
        if (Setting("source") is not { Length: > 0 } manifest)
        {
            var own = Path.GetRelativePath(Root, Folder).Replace('\\', '/') + "/";
            var found = SourceFiles.Sorted(Root, notes, ImageFiles);
            found.RemoveAll(f => f.Path.StartsWith(own, StringComparison.Ordinal));
            return found.Count > 0
                ? (found, null)
                : throw new InputException($"the folder {Root} holds no image (JPEG, PNG, WebP, BMP or GIF)");
        }
        var (files, classes) = (
            new SortedDictionary<string, SourceFile>(StringComparer.Ordinal), new Dictionary<string,
            (string, string)>());
        var refused = 0;
        foreach (
            var row in Manifest.Read(
                TableOf(manifest), ImportContext.Empty with { Cancel = options.Cancel }))
        {
            var path = Path.GetRelativePath(Root, Path.GetFullPath(Path.Combine(Root, row.Image))).Replace('\\', '/');
            if (Path.IsPathRooted(path) || path.StartsWith("../", StringComparison.Ordinal) || path is ".." or "."
                || row.Image.Contains('\0'))
            {
                if (++refused <= 10)
                    notes.Add($"{manifest} {row.Where}: {Text.Quote(row.Image)} lies outside {Root} and is left out");
                continue;
            }
            var place = ImageFiles.FileOf(path, out _);
            files[path] = place is not null && new FileInfo(place) is { Exists: true } file
                ? new(path, file.Length, file.LastWriteTimeUtc.Ticks) : new(path, 0, 0);
            if (row.Class is not null) classes[path] = (row.Class, row.Where);
        }
        if (refused > 10) notes.Add($"{manifest}: {refused - 10} more lie outside {Root} and are left out");
        return files.Count > 0
            ? ([.. files.Values], classes)
            : throw new InputException($"{manifest} names no image in {Root} or below");
    }

    /// <summary>The table that <c>init</c> was given; it lies in the image folder.</summary>
    private string TableOf(string name) =>
        Path.GetFileName(name) == name && ImageFiles.FileOf(name, out _) is { } table ? table
            : throw new InputException($"expected a table in {Root}, found {Text.Quote(name)} in the settings of the "
                + "workspace, which leads out of it; run 'vaal init' with the table again");

    private static HashSet<string> Listed(string list, List<SourceFile> files)
    {
        var names = new ImageNames(files.Select(f => f.Path));
        var (wanted, unknown) = (new HashSet<string>(), new List<string>());
        IEnumerable<(string Image, string Where)> rows =
            Data.Labels.Sources.Readable(list, () => Manifest.Recognises(list))
            ? Manifest.Read(list, ImportContext.Empty).Select(r => (r.Image, r.Where))

                : File.Exists(list)
                ? RegularFile.ReadAllLines(list).Select((l, i) => (l.Trim(), $"line {i + 1}"))
                    .Where(l => l.Item1.Length > 0)
            : throw new InputException($"there is no file {list}");
        foreach (var (image, where) in rows)
        {
            if (names.Resolve(image, out var problem) is { } found) wanted.Add(found);
            else unknown.Add($"{where}: {problem}");
        }
        if (unknown.Count > 0)
            throw new InputException(
                $"{list} {unknown[0]}{(unknown.Count > 1 ? $", and {unknown.Count - 1} more" : "")}; "
                + "the test set must be complete, so nothing was done");
        return wanted.Count > 0 ? wanted : throw new InputException($"{list} names no image");
    }

    private bool HasTest(List<string> notes)
    {
        if (Setting("test") is not { } since) return false;
        var when = Ledger.Time(since).ToLocalTime().ToString("yyyy-MM-dd HH:mm", Invariant);
        notes.Add($"the test set was chosen {when} and stays as it is");
        return true;
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
                var (width, height) = ImageHashes.SizeOf(path);
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
            // the pixel hash was dear: it is kept as long as the content is
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
            images.Add(
                gone with
                {
                    Row =
                    gone.Row with
                    {
                        State = ImageState.Removed,
                        Reason = null,
                        DuplicateOf = null,
                        NearGroup = null
                    }
                });
        }
        return images;

        void Assign(Func<IndexedImage, IndexedImage?> find)
        {
            for (var i = 0; i < rows.Length; i++)
                if (rows[i] is null && (rows[i] = find(now[i])) is { } found) free.Remove(found.Row.Id);
        }
    }

    private void Save(List<IndexedImage> images, Dictionary<int, IndexedImage> before)
    {
        // rows may refer to rows that come later
        _db.Execute("pragma defer_foreign_keys = on");
        var changed = images.Where(i => before.GetValueOrDefault(i.Row.Id) != i).ToList();
        // paths may have changed places
        foreach (
            var image in changed.Where(i => before.TryGetValue(i.Row.Id, out var old) && old.Row.Path != i.Row.Path))
            _db.Execute("update images set path = '/' || id where id = $1", image.Row.Id);
        foreach (var image in changed.OrderBy(i => i.Present)) image.Save(_db);
    }

    private void Record(
        Difference change, List<IndexedImage> images, Dictionary<int, IndexedImage> before, Dictionary<int,
        List<int>> groups, HashSet<int> labelled, object summary)
    {
        var carried = groups.Where(g => !labelled.Contains(g.Key))
            .Select(g => (To: g.Key, From: g.Value.Find(labelled.Contains))).Where(c => c.From != 0).ToList();
        var differs = before.Count != images.Count || change.Parts.Count > 0 || carried.Count > 0
            || images.Any(i => before[i.Row.Id] != i);
        if (!differs) return;
        var id = _ledger.Begin("init", summary);
        foreach (var (what, image, detail) in change.Parts) _ledger.Part(id, what, image, detail);
        foreach (var (to, from) in carried)
        {
            var label = LabelOf(from)!;
            Change(id, to, null, label with { Image = to, Source = $"same pixels as {PathOf(from)}" });
        }
    }

    /// <summary>The class of an image is the folder it lies in, below train, val and test; or what the manifest
    /// says.</summary>
    private List<Given> GivenBy(
        List<SourceFile> files, Dictionary<string, (string Class, string Where)>? manifest, List<IndexedImage> images)
    {
        var byPath = images.Where(i => i.Present).ToDictionary(i => i.Row.Path, i => i.Row);
        var (given, now) = (new List<Given>(), _clock.GetUtcNow());
        var tree = new ClassTree(files.Select(f => f.Path));
        if (manifest is null && tree.Doubt(OtherFiles(), strict: true) is { } doubt)
            throw new InputException(
                $"the folders of {Root} give no classes: {doubt}; read labels with 'vaal import'");
        foreach (var file in files)
        {
            var row = byPath[file.Path];
            var (@class, where) = manifest is null
                ? (tree.ClassOf(file.Path), file.Path) : manifest.GetValueOrDefault(file.Path, (null!, ""));
            if (@class is null) continue;
            var source = manifest is null ? "folder" : $"{Setting("source")} {where}";
            given.Add(new(
                row.DuplicateOf ?? row.Id, @class, null, false, Environment.UserName, now, where, source));
        }
        return given;
    }

    /// <summary>What lies in the image folder and is no picture, relative.</summary>
    private IEnumerable<string> OtherFiles()
        => Vaal.Data.Labels.Sources.VisibleFiles(Root).Where(f => !SourceFiles.IsPicture(f))
        .Select(f => Vaal.Data.Labels.Sources.Relative(Root, f))
            .Where(f => !f.StartsWith(Path.GetRelativePath(Root, Folder) + "/", StringComparison.Ordinal));

    /// <summary>Images that look alike are either all in the test set or all not: else the test would be of what was
    /// learned.</summary>
    private static void DrawTest(List<IndexedImage> images, TestSize size, long seed)
    {
        var groups = images.Index().Where(i => i.Item.Row.State == ImageState.Ok)
            .GroupBy(i => i.Item.Row.NearGroup ?? i.Item.Row.Id).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        var wanted = size.Of(groups.Sum(g => g.Length));
        if (wanted >= groups.Sum(g => g.Length))
            throw new InputException(
                $"a test set of {wanted} would leave none of {groups.Sum(g => g.Length)} images to label");
        if (groups.Length == 1)
            throw new InputException(
                $"all {groups[0].Length} images look alike, so a test set would not be independent of the " +
                $"others; --near-duplicates 0 treats them as different");
        if (groups.All(g => g.Length > wanted))
            throw new InputException(
                $"no test set of {wanted} images can be drawn from {groups.Sum(g => g.Length)}"
                + (wanted > 0 ? ", where those that look alike stay together" : "")
                + $"; ask for more, such as --test {groups.Min(g => g.Length)}");
        new Random((int)Seeds.Derive(seed, "test set", 0)).Shuffle(groups);
        foreach (var group in groups)
        {
            if (wanted < group.Length) continue;
            wanted -= group.Length;
            foreach (var (at, image) in group) images[at] = image with { Row = image.Row with { Test = true } };
        }
    }
}
