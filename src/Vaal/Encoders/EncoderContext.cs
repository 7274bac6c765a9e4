using Vaal.Data;
using Vaal.Models;

namespace Vaal.Encoders;

/// <summary>What an encoder may need to be opened.</summary>
internal sealed record EncoderContext
{
    /// <summary>Folder of fetched models; null: in the user's cache folder.</summary>
    public string? Models { get; init; }

    /// <summary>Folder for what an encoder learns from the pool; null: it may not learn.</summary>
    public string? State { get; init; }

    /// <summary>Images, decoded small, and which of them are in the pool: an encoder may learn from those. They stay
    /// the caller's.</summary>
    public Func<Pool>? Pool { get; init; }

    /// <summary>How the images of <see cref="Pool"/> were made small: an encoder that learns from them sees others in
    /// the same way.</summary>
    public Fit Fit { get; init; } = Fit.Crop;

    /// <summary>Float32: never bfloat16. Auto: bfloat16 where the processor multiplies it.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    public Action<TrainEvent>? Report { get; init; }
    public CancellationToken Cancel { get; init; }
}
