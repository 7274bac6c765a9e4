using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;

namespace Vaal.Encoders;

/// <summary>Makes the features of a workspace's images with the encoder that the workspace names.</summary>
public sealed class FeatureMaker : IFeatureMaker
{
    FeatureRows? IFeatureMaker.Make(ImageSources sources, Func<Pool> pool, ICollection<string> notes,
        Action<TrainEvent>? report, CancellationToken cancel) =>
        SourceFeatures.Of(sources, pool, report, cancel, notes);
}
