using System.Text.Json.Serialization;

namespace Vaal.Training;

/// <summary>How a batch is taken from D's ranking.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BatchDraw>))]
internal enum BatchDraw
{
    /// <summary>The images with the lowest D, as in the paper.</summary>
    Lowest,

    /// <summary>A random draw, each image in proportion to its odds of being unlabelled, (1 − D)/D.</summary>
    Odds,
}
