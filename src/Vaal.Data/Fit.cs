namespace Vaal.Data;

/// <summary>How a photograph becomes a small square.</summary>
public enum Fit
{
    /// <summary>Resize the shorter side, cut the centre out.</summary>
    Crop,

    /// <summary>Resize both sides, losing the aspect ratio.</summary>
    Stretch,

    /// <summary>Resize the longer side, fill the rest with black.</summary>
    LetterBox,
}
