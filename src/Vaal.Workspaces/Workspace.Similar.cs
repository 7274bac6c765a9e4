using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Labels;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>The images that are most like one image, by their features, the most similar first.</summary>
    /// <param name="maker"><c>FeatureMaker</c> of the package Vaal</param>
    /// <param name="image">path of an image of the workspace, or of any image file</param>
    /// <param name="count">how many images, 1 or more</param>
    /// <exception cref="InputException">there is no such image, it cannot be read, or there is no encoder</exception>
    public SimilarReport Similar(IFeatureMaker maker, string image, int count,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(maker);
        ArgumentNullException.ThrowIfNull(image);
        if (count < 1) throw new InputException($"expected at least 1 image, found {count}");
        ImageRow[] known = [.. Images().Where(r => r.State is ImageState.Ok or ImageState.Duplicate)];
        var at = Array.FindIndex(known, r => r.Path == InWorkspace(image));
        if (at < 0 && !File.Exists(image))
            throw new InputException($"expected an image of the workspace or a file in {image}, found neither");
        var labels = Labels().ToDictionary(l => l.Image, l => l.SetJson is null ? l.Class : ClassSet.ToCell(l.Classes));
        WorkspaceImages? images = null;
        try
        {
            using var rows = Made(Sources(known));
            using var other = at < 0 ? Made(Alone(Path.GetFullPath(image))) : null;
            var (from, place) = other is null ? (rows, at) : (other, 0);
            if (!from.Has(place))
                throw new InputException($"{image} has no features: {from.Problems.GetValueOrDefault(place)}");
            var cosines = new Likeness(rows).To(from[place], cancel);
            return new(image, [.. Enumerable.Range(0, known.Length).Where(i => i != at && !double.IsNaN(cosines[i]))
                .OrderByDescending(i => cosines[i]).ThenBy(i => known[i].Path, StringComparer.Ordinal).Take(count)
                .Select(i => new SimilarImage(known[i].Path, cosines[i], labels.GetValueOrDefault(known[i].Id),
                    known[i].Test))]);
        }
        finally
        {
            images?.Dispose();
        }

        FeatureRows Made(ImageSources sources) =>
            maker.Make(
                sources, () => (images ??= LoadImages(report: report, cancel: cancel)).Pool, [], report, cancel)
            ?? throw new InputException("expected features to compare images, found a workspace without an encoder; "
                + "run 'vaal init --encoder resnet18'");
    }

    // as the workspace writes it: a path from here may lead into the image folder
    private string InWorkspace(string image)
    {
        var full = Path.GetFullPath(image);
        return File.Exists(full) && full.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? Path.GetRelativePath(Root, full).Replace(Path.DirectorySeparatorChar, '/') : image;
    }

    // one file as a pool of its own, with the same encoder
    private ImageSources Alone(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        return Sources([]) with
        {
            Root = folder,
            Files = [SourceFiles.Of(folder, Path.GetFileName(file))],
            FollowLinks = true,
        };
    }
}
