using Vaal.Data.Fetch;

namespace Vaal.Encoders;

/// <summary>An encoder whose model <c>vaal encoder fetch</c> brings, pinned by revision and SHA-256.</summary>
/// <param name="Name">also of its folder</param>
internal sealed record FetchedEncoder(string Name, string Description, string Licence, EncoderInput Input,
    OnnxOptions Options)
{
    /// <summary>As the authors prepare images for DINOv2.</summary>
    public static EncoderInput DinoV2 { get; } = new() { Size = 224, Resize = 256 };

    public static EncoderEntry Entry(FetchedEncoder encoder, int featureDim, string address, RemoteFile file)
    {
        var source = new DataSource(encoder.Name, "", encoder.Licence, address, file);
        var basis = $"onnx {file.Sha256} {encoder.Options.Output} {encoder.Options.Pool}";
        LazyEncoder Lazy(EncoderContext context) =>
            new(encoder.Name, basis, featureDim, encoder.Input, () => Open(encoder, source, context));
        return new(encoder.Name, encoder.Description, encoder.Licence, featureDim, Lazy)
        {
            Source = source,
            Graph = context => Graph(encoder, source, context),
        };
    }

    /// <summary>Where fetched models lie.</summary>
    public static DataStore Store(string? folder) => new(folder, "encoder");

    private static OnnxImageEncoder Open(FetchedEncoder encoder, DataSource source, EncoderContext context) =>
        OnnxImageEncoder.Open(encoder.Name, Model(encoder, source, context), _ => encoder.Input, encoder.Options);

    private static EncoderGraph Graph(FetchedEncoder encoder, DataSource source, EncoderContext context)
    {
        var file = Model(encoder, source, context);
        return new(OnnxFile.Parse(file.Path, file.Bytes), encoder.Input, encoder.Options);
    }

    private static OnnxFile Model(FetchedEncoder encoder, DataSource source, EncoderContext context)
    {
        var (folder, file) = (Store(context.Models).Images(source), source.Files[0]);
        return OnnxFile.Known(Path.Combine(folder, file.Name), file.Sha256,
            $"'vaal encoder fetch {encoder.Name}' fetches it again");
    }
}
