using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Vaal.Data;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Vaal.Models;

/// <summary>
/// An encoder that the user brings as an ONNX model: one input, float32 (B, C, H, W) in [-1, 1] as our own networks
/// take them; one output, float32 (B, F) or (B, F, 1, 1). Runs on the CPU.
/// </summary>
internal sealed class OnnxEncoder : IDisposable
{
    /// <summary>Images at a time, where the model does not say.</summary>
    private const int Batch = 32;

    private readonly string _path, _input, _output;
    private readonly InferenceSession _session;
    private readonly int _batch;

    // Official builds of the runtime report to Microsoft unless this is set before they are loaded.
    static OnnxEncoder() => Libtorch.SetVariable("ORT_DISABLE_TELEMETRY\0"u8, "1\0"u8, overwrite: true);

    private OnnxEncoder(string path, InferenceSession session, ImageSet images)
    {
        (_path, _session) = (path, session);
        _input = Only(session.InputMetadata, "input");
        _output = Only(session.OutputMetadata, "output");
        var (takes, gives) = (session.InputMetadata[_input], session.OutputMetadata[_output]);
        if (!takes.IsTensor || takes.ElementDataType != TensorElementType.Float)
            throw Unfit($"its input '{_input}' is {Type(takes)}; expected float32");
        if (!gives.IsTensor || gives.ElementDataType != TensorElementType.Float)
            throw Unfit($"its output '{_output}' is {Type(gives)}; expected float32");
        int[] shape = takes.Dimensions, wanted = [-1, images.Channels, images.Height, images.Width];
        if (shape.Length > 0
            && (shape.Length != 4 || shape.Zip(wanted).Skip(1).Any(d => d.First > 0 && d.First != d.Second)))
            throw Unfit(
                $"its input '{_input}' is {Words(shape)}; the images here are {Words(wanted)}: batch, channels, " +
                $"rows, columns");
        _batch = shape is [> 0, ..] ? shape[0] : 0;
        FeatureDim = Run(new float[2 * images.ImageBytes], [2, images.Channels, images.Height, images.Width]).Columns;
        if ((long)FeatureDim * images.Count > Array.MaxLength)
            throw Unfit(
                $"its output '{_output}' has {FeatureDim} columns, too many to hold for {images.Count} images; " +
                $"expected some hundreds or thousands");
    }

    /// <summary>F.</summary>
    public int FeatureDim { get; }

    /// <summary>Loads the model and tries it on two grey images.</summary>
    /// <param name="images">what it will be given, for their size</param>
    /// <exception cref="InputException">there is none, or it does not fit; the message says what was found</exception>
    public static OnnxEncoder Open(string path, ImageSet images)
    {
        if (!File.Exists(path)) throw new InputException($"no file {path}; expected an ONNX model");
        Libtorch.Ready();
        InferenceSession? session = null;
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = get_num_threads(),
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL
            };
            // as for libtorch: waiting must not cost others their processor
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            session = new InferenceSession(path, options);
            return new OnnxEncoder(path, session, images);
        }
        catch (Exception e)
        {
            session?.Dispose();
            if (e is OnnxRuntimeException)
                throw new InputException($"{path} is not an ONNX model that can be loaded: {OneLine(e)}", e);
            throw;
        }
    }

    /// <summary>(B, C, H, W) in [-1, 1], on the CPU → (B, F).</summary>
    public Tensor Features(Tensor x)
    {
        var (values, columns) = Run(x.data<float>().ToArray(), x.shape);
        return tensor(values, [x.shape[0], columns]);
    }

    public void Dispose() => _session.Dispose();

    private (float[] Values, int Columns) Run(float[] x, long[] shape)
    {
        var (count, size) = ((int)shape[0], (int)(shape[1] * shape[2] * shape[3]));
        var (values, columns, step) = (Array.Empty<float>(), 0, _batch > 0 ? _batch : Batch);
        for (var start = 0; start < count; start += step)
        {
            var taken = Math.Min(step, count - start);
            // a model of a fixed batch gets grey images to fill it
            var part = new float[(_batch > 0 ? _batch : taken) * size];
            x.AsSpan(start * size, taken * size).CopyTo(part);
            var features = RunOnce(part, [part.Length / size, .. shape[1..]]);
            if (start == 0)
                (values, columns) =
                    (new float[checked(count * features.Columns)], FeatureDim > 0 ? FeatureDim : features.Columns);
            if (features.Columns != columns)
                throw Unfit($"its output '{_output}' has {features.Columns} columns, and had {columns} before");
            features.Values.AsSpan(0, taken * columns).CopyTo(values.AsSpan(start * columns));
        }
        return (values, columns);
    }

    private (float[] Values, int Columns) RunOnce(float[] x, long[] shape)
    {
        try
        {
            using var input = OrtValue.CreateTensorValueFromMemory(x, shape);
            using var options = new RunOptions();
            using var outputs = _session.Run(options, [_input], [input], [_output]);
            var found = outputs[0].GetTensorTypeAndShape().Shape;
            if (found is not ([_, _] or [_, _, 1, 1]) || found[0] != shape[0] || found[1] < 1)
                throw Unfit(
                    $"its output '{_output}' is ({string.Join(", ", found)}) for {shape[0]} images; "
                    + $"expected ({shape[0]}, F) or ({shape[0]}, F, 1, 1)");
            return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), (int)found[1]);
        }
        catch (OnnxRuntimeException e)
        {
            throw Unfit($"it cannot be run on images {Words(Array.ConvertAll(shape, s => (int)s))}: {OneLine(e)}", e);
        }
    }

    private string Only(IReadOnlyDictionary<string, NodeMetadata> these, string what) =>
        these.Count == 1 ? these.Keys.First()
        : throw Unfit($"it has {these.Count} {what}s ({string.Join(", ", these.Keys)}); expected one");

    private InputException Unfit(string what, Exception? e = null) => new($"{_path} does not fit: {what}", e);

    private static string Type(NodeMetadata of) => of.IsTensor ? $"{of.ElementDataType}" : $"{of.OnnxValueType}";

    private static string Words(int[] shape) =>
        $"({string.Join(", ", shape.Select((s, i) => s > 0 ? $"{s}" : i == 0 ? "B" : "?"))})";

    private static string OneLine(Exception e) => e.Message.ReplaceLineEndings(" ").Trim();
}
