using System.Text.Json;
using System.Text.Json.Serialization;
using Vaal.Data;

namespace Vaal.Encoders;

/// <summary>Which row of an output of rank 3, (B, T, F), is the image's.</summary>
internal enum TokenPool
{
    /// <summary>The first token (CLS).</summary>
    First,

    /// <summary>The mean of all tokens.</summary>
    Mean,
}

/// <summary>The order of an image's axes in a model's input.</summary>
internal enum ImageLayout
{
    Nchw,
    Nhwc,
}

/// <summary>The JSON file beside a user's <c>.onnx</c> model: how its input is made, and which output is the
/// features.</summary>
internal sealed record EncoderSettings
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Side of the square that the model takes, in pixels; null: as the model says.</summary>
    public int? Size { get; init; }

    /// <summary>As <see cref="EncoderInput.Resize"/>.</summary>
    public int? Resize { get; init; }

    /// <summary><c>centre</c>, <c>stretch</c> or <c>letterbox</c>.</summary>
    public string Crop { get; init; } = "centre";

    public required float[] Mean { get; init; }

    public required float[] Std { get; init; }

    /// <summary>White, before the mean is subtracted: 1 or 255.</summary>
    public float Range { get; init; } = 1;

    /// <summary><c>RGB</c>, <c>BGR</c> or <c>grey</c>.</summary>
    public string Channels { get; init; } = "RGB";

    /// <summary>Needed only where the model's input does not tell.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>Name of the output; null: the only one.</summary>
    public string? Output { get; init; }

    /// <summary>For an output of rank 3.</summary>
    public TokenPool Pool { get; init; } = TokenPool.First;

    /// <summary>The file beside a model: <c>model.json</c> for <c>model.onnx</c>.</summary>
    /// <exception cref="InputException">there is none, or it is not what it should be</exception>
    public static EncoderSettings Beside(string model)
    {
        var path = Path.ChangeExtension(model, ".json");
        if (!File.Exists(path))
            throw new InputException(
                $"expected {path}, which says how {Path.GetFileName(model)} wants its images, found none; "
                + """write it, e.g. {"size": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}""");
        try
        {
            var settings = JsonSerializer.Deserialize<EncoderSettings>(RegularFile.ReadAllBytes(path), Strict)
                ?? throw new InputException($"expected settings in {path}, found null");
            if (settings.Problems().ToList() is { Count: > 0 } problems)
                throw new InputException($"{path}: {string.Join("; ", problems)}");
            return settings;
        }
        catch (JsonException e)
        {
            throw new InputException($"expected the settings of an encoder in {path}, found other JSON: {e.Message}",
                e);
        }
    }

    /// <summary>What images are brought to.</summary>
    /// <param name="fixedSize">the side that the model insists on; null: it takes several</param>
    public EncoderInput Input(int? fixedSize) => new()
    {
        Size = Size ?? fixedSize ?? 224,
        Resize = Resize,
        Fit = Crop switch { "stretch" => Fit.Stretch, "letterbox" => Fit.LetterBox, _ => Fit.Crop },
        Channels = Channels == "grey" ? 1 : 3,
        Bgr = Channels == "BGR",
        White = Range,
        Mean = Mean,
        Std = Std,
    };

    private IEnumerable<string> Problems()
    {
        if (Crop is not ("centre" or "stretch" or "letterbox"))
            yield return $"expected crop 'centre', 'stretch' or 'letterbox', found '{Crop}'";
        if (Channels is not ("RGB" or "BGR" or "grey"))
            yield return $"expected channels 'RGB', 'BGR' or 'grey', found '{Channels}'";
        if (Mean is null || Std is null)
        {
            yield return "expected mean and std as lists of numbers, found null";
            yield break;
        }
        // where no size is given it is the model's, which is looked at when the model is opened
        foreach (var problem in Input(Math.Clamp(Resize ?? 224, 8, 2_048)).Problems()) yield return problem;
    }
}
