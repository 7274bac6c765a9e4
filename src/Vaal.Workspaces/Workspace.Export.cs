using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>Which images an export holds.</summary>
public enum ExportWhat
{
    /// <summary>What a round chose, best first.</summary>
    Picks,

    /// <summary>Images of the pool with a label in the workspace.</summary>
    Labelled,

    /// <summary>Images of the pool without a label.</summary>
    Unlabelled,

    /// <summary>The test set.</summary>
    Test,

    /// <summary>Pool and test set.</summary>
    All,
}

public sealed partial class Workspace
{
    /// <summary>Writes images, and what is known of them, in a label format. The file or folder appears whole or not at
    /// all.</summary>
    /// <param name="format">one of <see cref="ExportFormats"/></param>
    /// <param name="path">null: in the workspace, under <c>exports</c></param>
    /// <param name="round">whose picks; null: the last round's</param>
    /// <returns>where it lies, how many images it holds, and what such a file cannot hold of them and their labels, a
    /// line each</returns>
    /// <exception cref="InputException">there is no such format or round, nothing to export, or at that path something
    /// that is not an unchanged export of vaal</exception>
    public (string Path, int Images, IReadOnlyList<string> Losses) Export(ExportWhat what, string format,
        string? path = null, int? round = null, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(format);
        if (Unknown.Value("choice of images", what) is { } unknown) throw new InputException(unknown);
        // an unknown format before all else
        var writer = LabelFormats.Named(format, write: true);
        var chosen = what == ExportWhat.Picks ? RoundToExport(round) : null;
        var rows = ExportRows(what, chosen?.Id);
        if (rows.Count == 0)
            throw new InputException("there is nothing to export: " + (what == ExportWhat.Picks
                ? "the round chose nothing" : $"no image is {what.ToString().ToLowerInvariant()}"));
        // who is asked for the class of each pixel needs tools to draw with
        Type[] kinds = chosen is not null
            && System.Text.Json.JsonDocument.Parse(chosen.Options).RootElement.TryGetProperty("classes", out _)
            ? [typeof(Mask), typeof(Polygon)]
            : [];
        var name = what == ExportWhat.Picks ? $"picks-{chosen!.Id}" : what.ToString().ToLowerInvariant();
        var (written, images) = Write(rows, kinds, format, path, name, report, cancel);
        return (written, images, [.. writer.Losses(rows)]);
    }

    // name: of the file in the workspace, where no path is given
    private (string Path, int Images) Write(IReadOnlyList<ExportRow> rows, Type[] kinds, string format, string? path,
        string name, Action<TrainEvent>? report, CancellationToken cancel)
    {
        if (path is not null && LabelFormats.All[format].Write is not null)
            FileEnding.Check(path, format, Path.GetExtension(Extension(format)));
        path ??= Path.Combine(Folder, "exports",
            name + (LabelFormats.Named(format).Write is null ? "" : Extension(format)));
        var request = new ExportRequest(rows, [.. KnownClasses()])
        {
            Kinds = kinds,
            MultiLabel = IsMultiLabel,
            Background = Background,
            Report = report,
            Cancel = cancel,
        };
        if (Extension(format).StartsWith('-'))
        {
            // a folder holds copies of the images
            if (!Directory.Exists(Root)) throw Moved();
            LabelFormats.Export(request, format, path);
        }
        else new ExportedFiles(Folder).Replace(path, to => LabelFormats.Export(request, format, to));
        return (Path.GetFullPath(path), rows.Count);
    }

    /// <summary>The formats that <see cref="Export"/> writes.</summary>
    public static IReadOnlyList<string> ExportFormats { get; } =
        [.. LabelFormats.All.Values.Where(f => f.Write is not null).Select(f => f.Name)];

    /// <summary>What a round chose, best first: images, or each region that was chosen of them. Images that are not
    /// there any more are left out.</summary>
    /// <exception cref="InputException">there is no such round, or it was taken back</exception>
    internal IReadOnlyList<ChosenPlace> Chosen(int round)
    {
        return [.. ExportRows(ExportWhat.Picks, round).SelectMany(Places).OrderBy(p => p.Rank)];

        static IEnumerable<ChosenPlace> Places(ExportRow row) => row.Regions.Count == 0
            ? [new(row.Image, row.Rank, row.Score, row.Reason)]
            : row.Regions.Select(r => new ChosenPlace(r.In(row.Image), r.Rank, r.Score, r.Reason));
    }

    /// <summary>The rows of such an export.</summary>
    internal IReadOnlyList<ExportRow> ExportRows(ExportWhat what, int? round = null)
    {
        var labels = Labels().ToDictionary(l => l.Image);
        var guesses = what == ExportWhat.Test ? [] : PreLabels();
        if (what == ExportWhat.Picks)
        {
            var byId = Images().ToDictionary(i => i.Id);
            return [.. Picks(RoundToExport(round).Id).Where(p => byId[p.Image].State == ImageState.Ok)
                .Select(p =>
                    Row(byId[p.Image]) with { Rank = p.Rank, Score = p.Score, Reason = p.Reason,
                        Regions = p.Regions })];
        }
        return [.. Images().Where(i => i.State == ImageState.Ok && Wanted(i)).Select(Row)];

        bool Wanted(ImageRow image) => what switch
        {
            ExportWhat.All => true,
            ExportWhat.Test => image.Test,
            ExportWhat.Labelled => !image.Test && labels.GetValueOrDefault(image.Id) is { Elsewhere: false },
            _ => !image.Test && !labels.ContainsKey(image.Id),
        };

        ExportRow Row(ImageRow image)
        {
            var label = labels.GetValueOrDefault(image.Id);
            var file = ImageFiles.FileOf(image.Path, out var outside);
            var row = new ExportRow(image.Path, file ?? "", image.Width, image.Height)
            {
                Outside = outside,
                Test = image.Test,
                Class = label?.Class,
                Classes = label?.SetJson is null ? null : label.Classes,
                Shapes = label?.Shapes ?? [],
                Annotator = label is { Elsewhere: false } ? label.Who : null,
                When = label is { Elsewhere: false } ? label.At : null,
                Nothing = label is { Class: null, SetJson: null, ShapesJson: null, Elsewhere: false },
            };
            if (label is null && !image.Test && guesses.TryGetValue(image.Path, out var guess))
                row = row with { PreLabel = guess.Class, PreLabelProbability = guess.Probability };
            return row.Checked();
        }
    }

    private RoundRow RoundToExport(int? round)
    {
        var rounds = Rounds();
        if (round is null)
            return rounds.LastOrDefault(r => r.Undone is null)
                ?? throw new InputException("no round has chosen anything yet; 'vaal next -n 200' does");
        var found = rounds.FirstOrDefault(r => r.Id == round)
            ?? throw new InputException($"there is no round {round}; the last is {rounds.Count}");
        return found.Undone is null ? found : throw new InputException($"round {round} was taken back");
    }

    private static string Extension(string format) => format switch
    {
        "csv" or "parquet" or "json" => "." + format,
        "label-studio" or "coco" => $".{format}.json",
        "cvat" => ".cvat.xml",
        "one-hot" => ".one-hot.csv",
        _ => $"-{format}",                                                           // a folder
    };
}
