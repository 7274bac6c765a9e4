using Vaal.Data.Features;

namespace Vaal.Data.Learning;

/// <summary>
/// Makes the features of a workspace's images. A workspace asks it and knows nothing of networks; <c>FeatureMaker</c>
/// in the package Vaal implements it.
/// </summary>
public interface IFeatureMaker
{
    /// <summary>The features, made where they are missing; null: no encoder is wanted.</summary>
    /// <param name="pool">the small images; an encoder that learns may learn from those in the pool</param>
    /// <param name="notes">receives a line for what the user should know</param>
    internal FeatureRows? Make(ImageSources sources, Func<Pool> pool, ICollection<string> notes,
        Action<TrainEvent>? report, CancellationToken cancel);
}
