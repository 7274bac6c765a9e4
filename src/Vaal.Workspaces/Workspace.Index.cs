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
        _first?.Begin(options.Cancel);
        var report = Indexed(options);
        _first = null;
        return report;
    }

    private IndexReport Indexed(IndexOptions options)
    {
        InputException.ThrowIfAny(options.Problems());
        using var held = Lock("init", cancel: options.Cancel);
        if (!File.Exists(Path.Combine(Folder, FileName)))
            throw new InputException($"another first 'vaal init' of {Root} failed; run it again");
        using var labelsHeld = LabelsLock("init", options.Cancel);
        if (options.MultiLabel is { } several) CheckMultiLabel(several);
        if (options.FollowLinks) FollowLinks();
        var (notes, declaredBefore) = (new List<string>(), DeclaredClasses);
        var indexed = _db.Number("select count(*) from images where state <> 'removed'");
        // a first run has nothing to compare with
        Action<int>? found = indexed == 0 ? null
            : n => options.Report?.Invoke(new("comparing files with the index", Math.Min(n, indexed), indexed));
        var (files, classes) = Sources(options, notes, found);
        var listed = options.TestList is null ? null : Listed(options.TestList, files);

        var stored = Loading(options.Size, options.Report, options.Cancel);
        var loading = new LoadOptions(stored) { Fit = options.Fit ?? stored.Fit };
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
            if (options.MultiLabel is { } multi) SetMultiLabel(multi);
            if (options.Classes is { } declared) notes.AddRange(DeclareClasses(declared, first: before.Count == 0));
            if (options.NearDuplicates is { } bits) Set("near", bits.ToString(Invariant));
            var chooses = (listed is not null || options.Test is not null) && !HasTest(notes);
            if (chooses && listed is not null)
                images = [
                    .. images.Select(
                        i => listed.Contains(i.Row.Path) && i.Present
                        ? i with { Row = i.Row with { Test = true } }
                        : i)];
            var labels = _db.Query("select image, at from labels", r => (Image: r.GetInt32(0), At: r.GetString(1)))
                .ToDictionary(l => l.Image, l => l.At);
            var groups = FindDuplicates(images, labels);
            Group(images, int.Parse(Setting("near") ?? $"{DefaultNearBits}", Invariant));
            if (chooses && options.Test is not null) DrawTest(images, options.Test, options.Seed);
            notes.AddRange(KeepTestApart(images, isNew: row => !chooses && !before.ContainsKey(row.Id)));
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
            string[] contradicting = [.. Contradictions(groups, [.. present.Select(r => r.Id)])];
            notes.AddRange(contradicting.Take(10));
            if (contradicting.Length - 10 is > 0 and var more)
                notes.Add($"{Counted.Of(more, "more file")} {Counted.Has(more)} the same pixels as others and another "
                    + "label");
            var from = Setting("source") is { Length: > 0 } table ? table : Path.GetFileName(Root);
            ImportReport? taken = null;
            if (options.Labels)
            {
                string[] known = [.. CountClasses().Select(c => c.Class)];
                taken = Take("folders", from, GivenBy(files, classes, images), [], new());
                taken.Known = known;
            }
            return new IndexReport(
                present.Count, change.Added, change.Changed, change.Moved, change.Removed, change.Back,
                [.. present.Where(r => r.State == ImageState.Broken)],
                present.Count(r => r.State == ImageState.Duplicate),
                ok.Count(r => r.NearGroup is not null), ok.Select(r => r.NearGroup).OfType<int>().Distinct().Count(),
                test, chooses, taken, notes)
            {
                Root = Root,
                OtherClasses = _first is null && !declaredBefore.SequenceEqual(DeclaredClasses),
                Steps = NextSteps(),
            };
        });
    }

    /// <summary>The image files, and what the manifest says of their classes, row by row.</summary>
    /// <param name="found">hears how many files were found so far</param>
    private (List<SourceFile> Files, Dictionary<string, List<(string Class, string Where)>>? Classes) Sources(
        IndexOptions options, List<string> notes, Action<int>? found)
    {
        if (Setting("source") is not { Length: > 0 } manifest)
        {
            var own = Path.GetRelativePath(Root, Folder).Replace('\\', '/') + "/";
            var all = SourceFiles.Sorted(Root, notes, ImageFiles, found);
            all.RemoveAll(f => f.Path.StartsWith(own, StringComparison.Ordinal));
            return all.Count > 0
                ? (all, null)
                : throw new InputException($"the folder {Root} holds no image (JPEG, PNG, WebP, BMP or GIF)");
        }
        var files = new SortedDictionary<string, SourceFile>(StringComparer.Ordinal);
        var classes = new Dictionary<string, List<(string Class, string Where)>>();
        var refused = 0;
        var several = options.MultiLabel ?? IsMultiLabel;
        var context = ImportContext.Empty with { Cancel = options.Cancel, MultiLabel = several };
        foreach (var row in Manifest.Read(TableOf(manifest), context))
        {
            if (files.Count % 256 == 0) found?.Invoke(files.Count);
            var inside = ImageNames.FromFolder(row.Image, ImageFiles);
            var path = inside
                ?? Path.GetRelativePath(Root, Path.GetFullPath(Path.Combine(Root, row.Image))).Replace('\\', '/');
            if (Path.IsPathRooted(path) || path.StartsWith("../", StringComparison.Ordinal) || path is ".." or "."
                || row.Image.Contains('\0') || inside is null && ImageNames.AbsoluteIn(row.Image).Any())
            {
                if (++refused <= 10)
                    notes.Add($"{manifest} {row.Where}: {Text.Quote(row.Image)} lies outside {Root} and is left out");
                continue;
            }
            var place = ImageFiles.FileOf(path, out _);
            files[path] = place is null ? new(path, 0, 0) : SourceFiles.Of(Root, path);
            if (row.Class is null) continue;
            if (!classes.TryGetValue(path, out var rows)) classes[path] = rows = [];
            // of several classes each may stand in a row of its own
            if (several && rows is [var before])
                rows[0] = (ClassSet.ToCell(
                    new[] { before.Class, row.Class }.SelectMany(c => ClassSet.OfCell(c, _ => false))), row.Where);
            else rows.Add((row.Class, row.Where));
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

    private void Save(List<IndexedImage> images, Dictionary<int, IndexedImage> before)
    {
        // rows may refer to rows that come later
        _db.Execute("pragma defer_foreign_keys = on");
        var changed = images.Where(i => before.GetValueOrDefault(i.Row.Id) != i).ToList();
        // two images may have swapped their paths
        var moved = changed.Where(i => before.TryGetValue(i.Row.Id, out var old) && old.Row.Path != i.Row.Path);
        foreach (var image in moved)
            _db.Execute("update images set path = '/' || id where id = $1", image.Row.Id);
        foreach (var image in changed.OrderBy(i => i.Present)) image.Save(_db);
    }

    private void Record(
        Difference change, List<IndexedImage> images, Dictionary<int, IndexedImage> before,
        Dictionary<int, List<int>> groups, Dictionary<int, string> labelled, object summary)
    {
        var carried = groups.Where(g => !labelled.ContainsKey(g.Key))
            .Select(g => (To: g.Key, From: g.Value.Where(labelled.ContainsKey)
                .OrderByDescending(id => labelled[id], StringComparer.Ordinal).FirstOrDefault()))
            .Where(c => c.From != 0).ToList();
        var differs = before.Count != images.Count || change.Parts.Count > 0 || carried.Count > 0
            || images.Any(i => before[i.Row.Id] != i);
        if (!differs) return;
        var id = _ledger.Begin("init", summary);
        foreach (var (what, image, detail) in change.Parts) _ledger.Part(id, what, image, detail);
        foreach (var (to, from) in carried)
        {
            // moved and not copied: a picture is corrected and cleared in one place
            var label = LabelOf(from)!;
            Change(id, from, label, null);
            Change(id, to, null, label with { Image = to });
        }
    }

    /// <summary>The class of an image is the folder it lies in, below train, val and test; or what the manifest
    /// says.</summary>
    private List<Given> GivenBy(
        List<SourceFile> files, Dictionary<string, List<(string Class, string Where)>>? manifest,
        List<IndexedImage> images)
    {
        var byPath = images.Where(i => i.Present).ToDictionary(i => i.Row.Path, i => i.Row);
        var (given, now, names) = (new List<Given>(), _clock.GetUtcNow(), new ClassNames(KnownClasses()));
        var tree = new ClassTree(files.Select(f => f.Path));
        if (manifest is null && tree.Doubt(OtherFiles(), strict: true) is { } doubt)
            throw new InputException(
                $"the folders of {Root} give no classes: {doubt}; read labels with 'vaal import'");
        foreach (var file in files)
        {
            var row = byPath[file.Path];
            List<(string Class, string Where)> told = manifest is not null ? manifest.GetValueOrDefault(file.Path, [])
                : tree.ClassOf(file.Path) is { } folder ? [(folder, file.Path)] : [];
            foreach (var (@class, where) in told)
            {
                var source = manifest is null ? "folder" : $"{Setting("source")} {where}";
                given.Add(new(
                    row.DuplicateOf ?? row.Id, names.Of(@class), null, false, Environment.UserName, now, where, source)
                {
                    Classes = manifest is not null && IsMultiLabel ? ClassSet.OfCell(@class, _ => false) : null,
                });
            }
        }
        return given;
    }

    /// <summary>What lies in the image folder and is no picture, relative.</summary>
    private IEnumerable<string> OtherFiles()
        => Vaal.Data.Labels.Sources.VisibleFiles(Root).Where(f => !SourceFiles.IsPicture(f))
        .Select(f => Vaal.Data.Labels.Sources.Relative(Root, f))
            .Where(f => !f.StartsWith(Path.GetRelativePath(Root, Folder) + "/", StringComparison.Ordinal));
}
