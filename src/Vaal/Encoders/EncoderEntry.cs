using Vaal.Data.Fetch;

namespace Vaal.Encoders;

/// <summary>A line of the table of encoders.</summary>
/// <param name="Name">as the user writes it</param>
/// <param name="Description">what it is, in a few words</param>
/// <param name="Licence">of its weights</param>
/// <param name="FeatureDim">length of a row</param>
/// <param name="Open">loads it</param>
internal sealed record EncoderEntry(string Name, string Description, string Licence, int FeatureDim,
    Func<EncoderContext, IEncoder> Open)
{
    /// <summary>Where its model is fetched from; null: nothing has to be fetched.</summary>
    public DataSource? Source { get; init; }

    /// <summary>Reads its network, to be joined with a head; null: it is no ONNX graph.</summary>
    public Func<EncoderContext, EncoderGraph>? Graph { get; init; }

    /// <summary>Verifies a model that came with the program; null: there is none.</summary>
    public Action? Verify { get; init; }
}
