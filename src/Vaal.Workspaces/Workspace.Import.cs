using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>The formats that
    /// <see cref="Import(string, string?, string?, bool, bool, bool, bool, Action{TrainEvent}, CancellationToken)"/>
    /// reads.</summary>
    public static IReadOnlyList<string> ImportFormats { get; } =
        [.. LabelFormats.All.Values.Where(f => f.Read is not null).Select(f => f.Name)];

    /// <summary>Takes labels over from a file or folder. What cannot be used is listed and changes nothing.</summary>
    /// <exception cref="InputException">the file as a whole cannot be read</exception>
    /// <param name="path">file, folder or ZIP archive</param>
    /// <param name="format">one of <see cref="ImportFormats"/>; null: found out</param>
    /// <param name="by">who labelled; null: as the file says</param>
    /// <param name="replace">labels that contradict existing ones replace them, instead of being listed</param>
    /// <param name="dryRun">say what would change, and change nothing</param>
    /// <param name="newClasses">add classes that are not declared, instead of refusing their labels</param>
    /// <param name="elsewhere">the file only says which images have a label somewhere else</param>
    public ImportReport Import(string path, string? format = null, string? by = null, bool replace = false,
        bool dryRun = false, bool newClasses = false, bool elsewhere = false, Action<TrainEvent>? report = null,
        CancellationToken cancel = default) =>
        Import(path, new ImportOptions
        {
            Format = format,
            By = by,
            Replace = replace,
            DryRun = dryRun,
            NewClasses = newClasses,
            Elsewhere = elsewhere,
            Report = report,
            Cancel = cancel,
        });

    internal ImportReport Import(string path, ImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        if (options is { Elsewhere: true, Format: { } format })
            throw new InputException("expected no format of a list of images that are labelled elsewhere, found "
                + $"{format}; the list is a table with a column 'path'");
        if (options.By is { } by) CheckPerson(by);
        using var held = options.DryRun ? null : LabelsLock("import", options.Cancel);
        string[] known = [.. CountClasses().Select(c => c.Class)];
        var byPath = Images().Where(i => i.State != ImageState.Removed).ToDictionary(i => i.Path);
        var names = new ImageNames(byPath.Keys, Root);
        var classes = new Lazy<ClassNames>(() => new(KnownClasses()));
        (int, int)? SizeOf(string name, string? folder, string? split)
            => names.Resolve(name, folder, out _, split) is { } found && byPath[found] is { Width: > 0 } image
                ? (image.Width, image.Height) : null;
        var context = new ImportContext(name => SizeOf(name, null, null))
        {
            SizeBeside = SizeOf,
            WhyNone = (name, folder, split) => names.Resolve(name, folder, out var none, split) is null ? none : null,
            KnowsClass = name => classes.Value.Knows(name),
            MultiLabel = IsMultiLabel,
            TakesEmpty = OfShapes || HasEmptyLabels,
            Background = Background,
            Root = ImageRoot.Of(Root, followLinks: true),
            Report = options.Report,
            Cancel = options.Cancel,
        };
        var read = options.Elsewhere
            ? new ImportResult([.. Manifest.Read(path, context with { ImagesAlone = true })
                .Select(r => new Annotation(r.Image, null, [], null, null, r.Where))], [])
            : LabelFormats.Import(path, options.Format, context);

        var file = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        var problems = read.Problems.ToList();
        if (read.Annotations.Count == 0 && problems.Count == 0)
            problems.Add(new(file, "no entry has a label; label the images first"));
        var given = new List<Given>();
        var meant = ImageMatches.Of(read.Annotations, names, Root);
        foreach (var (a, (found, problem)) in read.Annotations.Select(classes.Value.Of).Zip(meant))
        {
            if (found is null)
            {
                problems.Add(new(a.Where, problem!));
                continue;
            }
            var image = byPath[found];
            if (a is { Shapes.Count: > 0, Size: { } size } && image.Width > 0 && size != (image.Width, image.Height))
            {
                problems.Add(new(a.Where, $"its shapes are of an image of {size.Width}×{size.Height} pixels; "
                    + $"{Text.Quote(found)} is {image.Width}×{image.Height}"));
                continue;
            }
            given.Add(new(image.DuplicateOf ?? image.Id, a.Class, LabelRow.JsonOf(a.Shapes), options.Elsewhere,
                options.By ?? Text.NullIfEmpty(a.Annotator) ?? Environment.UserName, a.When ?? _clock.GetUtcNow(),
                a.Where, $"{file} {a.Where}")
            { Classes = a.Classes });
        }
        return _db.Transaction(() =>
        {
            var report = Take("import", file, given, problems, options);
            report.Known = known;
            if (!options.DryRun) report.Steps = NextSteps();
            return report;
        });
    }

    // what a person must know of labels that were taken: nobody would see it in their number
    private IEnumerable<ImportProblem> Remarks(string from, IReadOnlyList<(LabelRow? Before, LabelRow After)> changes)
    {
        var notOk = _db.Query("select id from images where state <> 'ok'", r => r.GetInt32(0)).ToHashSet();
        string[] unusable = [.. changes.Select(c => c.After.Image).Where(notOk.Contains).Select(PathOf)];
        if (unusable.Length > 0)
            yield return Remark($"{Counted.Of(unusable.Length, "label")} {Counted.Is(unusable.Length)} of "
                + $"{(unusable.Length == 1 ? "a file" : "files")} that cannot be used: "
                + string.Join(", ", unusable.Take(10)) + (unusable.Length > 10 ? ", …" : ""));
        var empty = OfShapes || changes.Any(c => c.After.ShapesJson is not null) ? 0
            : changes.Count(c => c.After is { Class: null, SetJson: null, Elsewhere: false });
        if (empty > 0)
            yield return Remark($"{Counted.Of(empty, "label")} {Counted.Has(empty)} no class: nothing is in the image");

        ImportProblem Remark(string words) => new(from, words) { Entries = 0 };
    }
}
