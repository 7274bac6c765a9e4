using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Formats;
using Vaal.Encoders;

namespace Vaal.Experiments;

/// <summary>Where runs on features come from.</summary>
internal static class FeatureTasks
{
    private const int Side = 16;

    /// <summary>Features by an encoder; those that are missing in the user's cache are made.</summary>
    /// <exception cref="InputException">an image has no features, or the encoder cannot be used</exception>
    public static FeatureTask Of(ImageSet pool, ImageSet test, int classes, string encoder,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        var (rows, tests) = SourceFeatures.OfBoth(pool, test, encoder, report: report, cancel: cancel);
        using (rows)
        using (tests)
            return new(All(rows), [.. pool.Classes], All(tests), [.. test.Classes], rows.Dim, classes);
    }

    /// <summary>The built-in photographs, whose ResNet-18 features come along.</summary>
    public static FeatureTask Photographs()
    {
        var (features, classes, train) = EmbeddedPhotos.Features();
        var width = features.Length / classes.Length;
        return new(features[..(train * width)], classes[..train], features[(train * width)..], classes[train..], width,
            EmbeddedPhotos.Classes.Count);
    }

    /// <summary>Small grey or colour images by their pixels at 16×16.</summary>
    public static FeatureTask Pixels(DataSet data) => new(Pixels(data.Pool), [.. data.Pool.Classes],
        Pixels(data.Test!), [.. data.Test!.Classes], data.Pool.Channels * Side * Side, data.ClassNames.Count);

    private static float[] Pixels(ImageSet images)
    {
        var small = images.Squared(Side);
        var values = new float[checked(small.Count * small.ImageBytes)];
        for (var id = 0; id < small.Count; id++)
            for (var i = 0; i < small.ImageBytes; i++) values[id * small.ImageBytes + i] = small[id][i];
        return values;
    }

    private static float[] All(FeatureRows rows) => rows.Rows([.. Enumerable.Range(0, rows.Count)]);
}
