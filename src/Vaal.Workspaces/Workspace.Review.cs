using System.Text.Json;
using Vaal.Data.Labels;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Labels of the pool that may be wrong, the most suspected first. Nothing is changed.</summary>
    /// <param name="reviewer"><c>LabelReviewer</c> of the package Vaal</param>
    /// <param name="most">how many are listed, 1 or more; null: all</param>
    /// <exception cref="InputException">there are no features, or too few labels</exception>
    public ReviewReport Review(IReviewer reviewer, int? most = null, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(reviewer);
        if (most < 1) throw new InputException($"expected at least 1 label to list, found {most}");
        using var images = LoadImages(report: report, cancel: cancel);
        var found = reviewer.Review(new TrainRequest
        {
            Images = images.Images,
            ClassNames = images.ClassNames,
            Labelled = [.. images.Labelled.Where(id => WholeLabels.IsKnown(images.Images, id))],
            Test = [],
            Unlabelled = images.Unlabelled,
            Sources = Sources(images.Rows),
            Folder = TrainingUnderWay,
            Report = report,
            Cancel = cancel,
        });
        return new([.. found.Take(most ?? found.Count)], found.Count);
    }

    /// <summary>What the last linear training suspected, less the labels that were changed since.</summary>
    internal IReadOnlyList<SuspectLabel> Suspects()
    {
        var file = Trainings().Select(t => Path.Combine(ModelOf(t.Id), SuspectLabel.FileName))
            .LastOrDefault(File.Exists);
        if (file is null) return [];
        var paths = Images().ToDictionary(i => i.Id, i => i.Path);
        var labels = Labels().Where(l => l.Class is not null || l.SetJson is not null)
            .ToDictionary(l => paths[l.Image], l => l.Class ?? ClassSet.ToCell(l.Classes));
        var found = JsonSerializer.Deserialize<SuspectLabel[]>(RegularFile.ReadAllBytes(file), Json.Options) ?? [];
        return [.. found.Where(s => labels.GetValueOrDefault(s.Path) == s.Given)];
    }

    /// <summary>Writes images whose labels a review lists in a label format, each with its label, and with the believed
    /// class as a suggestion. The file or folder appears whole or not at all.</summary>
    /// <param name="path">null: in the workspace, under <c>exports</c></param>
    /// <returns>where it lies, and how many images it holds</returns>
    /// <exception cref="InputException">there is no such format, no label is suspected, or at that path something that
    /// is not an unchanged export of vaal</exception>
    public (string Path, int Images) ExportReview(ReviewReport review, string format, string? path = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(review);
        ArgumentNullException.ThrowIfNull(format);
        _ = LabelFormats.Named(format, write: true);
        if (review.Labels.Count == 0) throw new InputException("there is nothing to export: no label is suspected");
        var rows = ExportRows(ExportWhat.Labelled).ToDictionary(r => r.Image);
        var listed = review.Labels.Index().Where(s => rows.ContainsKey(s.Item.Path));
        var written = Write([.. listed.Select(s => rows[s.Item.Path] with
        {
            Rank = s.Index + 1,
            Score = s.Item.BelievedProbability - s.Item.GivenProbability,
            Reason = string.Create(Invariant,
                $"labelled {s.Item.Given}, believed {s.Item.Believed} ({s.Item.BelievedProbability:0.00})"),
            PreLabel = s.Item.Believed,
            PreLabelProbability = s.Item.BelievedProbability,
        })], [], format, path, "review", null, cancel);
        review.Export = written.Path;
        return written;
    }
}
