using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Vaal.Models;

namespace Vaal.Encoders;

/// <summary>
/// An ONNX model as an encoder, on the CPU: float32 or float16, channels first or last, one input, any batch or a fixed
/// one. Its
/// output is (B, F), (B, F, 1, 1), or (B, T, F), of which one token or the mean is taken.
/// </summary>
internal sealed class OnnxImageEncoder : IEncoder
{
    private const int Trial = 1;                                                  // images in the trial run
    private readonly string _path, _input, _output;
    private readonly TokenPool _pool;
    private readonly InferenceSession _session;
    private readonly bool _halfIn, _halfOut, _channelsLast;
    private readonly int _batch;

    // Official builds of the runtime report to Microsoft unless this is set before they are loaded.
    static OnnxImageEncoder() => Libtorch.SetVariable("ORT_DISABLE_TELEMETRY\0"u8, "1\0"u8, overwrite: true);

    private OnnxImageEncoder(string name, OnnxFile file, byte[] model, Func<int?, EncoderInput> input, OnnxOptions o)
    {
        (Name, _path, _pool) = (name, file.Path, o.Pool);
        _session = Load(file, model, o.Threads);
        try
        {
            _input = Only(_session.InputMetadata, "input", null);
            _output = Only(_session.OutputMetadata, "output", o.Output);
            _halfIn = IsHalf(_session.InputMetadata[_input], "input", _input);
            _halfOut = IsHalf(_session.OutputMetadata[_output], "output", _output);
            int[] shape = _session.InputMetadata[_input].Dimensions;
            if (shape.Length != 4)
                throw Unfit("expected an input of rank 4 (images, channels, rows, columns), "
                    + $"found '{_input}' of {Words(shape)}");
            _channelsLast = o.Layout is { } told ? told == ImageLayout.Nhwc
                : shape[1] is not (1 or 3) && shape[3] is 1 or 3;
            var (channels, height, width) = _channelsLast ? (shape[3], shape[1], shape[2])
                : (shape[1], shape[2], shape[3]);
            if (height > 0 && width > 0 && height != width)
                throw Unfit($"expected square images, found {Words(shape)}");
            Input = input(height > 0 ? height : width > 0 ? width : null);
            if (Input.Problems().FirstOrDefault() is { } problem) throw Unfit(problem);
            if ((channels > 0 && channels != Input.Channels) || (height > 0 && height != Input.Size)
                || (width > 0 && width != Input.Size))
                throw Unfit($"expected an input for {Input.Channels} channels and {Input.Size}×{Input.Size} pixels, "
                    + $"found {Words(shape)}");
            _batch = Math.Max(shape[0], 0);
            (_, FeatureDim) = Run(new float[Input.ImageBytes * Trial], Trial);
            Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
                $"onnx {file.Sha256}\n{Input.Canonical}\n{_output} {_pool} {(_channelsLast ? "NHWC" : "NCHW")}\n")));
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public string Digest { get; }

    public int FeatureDim { get; }

    public EncoderInput Input { get; }

    /// <summary>Loads a model and tries it on a black image.</summary>
    /// <param name="model">the model's bytes, edited; null: as the file has them</param>
    /// <param name="input">the input's settings, given the side that the model insists on</param>
    /// <exception cref="InputException">it does not fit; the message says what was found</exception>
    public static OnnxImageEncoder Open(string name, OnnxFile file, Func<int?, EncoderInput> input,
        OnnxOptions options, byte[]? model = null) =>
        new(name, file, model ?? file.Bytes, input, options);

    /// <summary>A user's model, with its settings in the JSON file beside it.</summary>
    public static OnnxImageEncoder OpenUsers(string path, int threads)
    {
        var file = OnnxFile.Read(path);
        var settings = EncoderSettings.Beside(path);
        var options = new OnnxOptions
        {
            Output = settings.Output,
            Pool = settings.Pool,
            Layout = settings.Layout,
            Threads = threads
        };
        return Open(Path.GetFileNameWithoutExtension(path), file, settings.Input, options);
    }

    public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
    {
        var values = new float[count * Input.ImageBytes];
        Input.Normalise(images, count, values, _channelsLast);
        var (rows, columns) = Run(values, count);
        if (columns != FeatureDim) throw Unfit(
            $"expected {FeatureDim} features, found {columns}: the number must not depend on the images");
        rows.AsSpan().CopyTo(features);
    }

    public void Dispose() => _session.Dispose();

    private (float[] Rows, int Columns) Run(float[] values, int count)
    {
        if (_batch == 0) return RunOnce(values, count, count);
        var (rows, columns) = (new List<float>(), 0);
        // a model of a fixed batch gets black images to fill it
        for (var start = 0; start < count; start += _batch)
        {
            var taken = Math.Min(_batch, count - start);
            var part = new float[_batch * Input.ImageBytes];
            values.AsSpan(start * Input.ImageBytes, taken * Input.ImageBytes).CopyTo(part);
            (var some, columns) = RunOnce(part, _batch, taken);
            rows.AddRange(some);
        }
        return ([.. rows], columns);
    }

    private (float[] Rows, int Columns) RunOnce(float[] values, int count, int wanted)
    {
        long[] shape = _channelsLast ? [count, Input.Size, Input.Size, Input.Channels]
            : [count, Input.Channels, Input.Size, Input.Size];
        try
        {
            using var input = _halfIn ? OrtValue.CreateTensorValueFromMemory(Halves(values), shape)
                : OrtValue.CreateTensorValueFromMemory(values, shape);
            using var options = new RunOptions();
            using var outputs = _session.Run(options, [_input], [input], [_output]);
            var found = outputs[0].GetTensorTypeAndShape().Shape;
            var (tokens, columns) = found is [_, _] or [_, _, 1, 1] ? (1, found[1]) : found is [_, _, _]
                ? (found[1], found[2]) : (0, 0);
            if (tokens < 1 || columns < 1 || found[0] != count)
                throw Unfit($"expected an output ({count}, F), ({count}, F, 1, 1) or ({count}, T, F), "
                    + $"found \'{_output}\' of ({string.Join(", ", found)})");
            var all = _halfOut ? Singles(outputs[0].GetTensorDataAsSpan<Float16>())
                : outputs[0].GetTensorDataAsSpan<float>();
            return (Pooled(all, wanted, (int)tokens, (int)columns), (int)columns);
        }
        catch (OnnxRuntimeException e)
        {
            throw Unfit($"expected a model that runs on {Words([.. shape.Select(s => (int)s)])}, found: {OneLine(e)}",
                e);
        }
    }

    private float[] Pooled(ReadOnlySpan<float> all, int count, int tokens, int columns)
    {
        var rows = new float[count * columns];
        for (var i = 0; i < count; i++)
        {
            var row = rows.AsSpan(i * columns, columns);
            for (var t = 0; t < (_pool == TokenPool.First ? 1 : tokens); t++)
            {
                var token = all.Slice((i * tokens + t) * columns, columns);
                System.Numerics.Tensors.TensorPrimitives.Add(row, token, row);
            }
            if (_pool == TokenPool.Mean && tokens > 1) System.Numerics.Tensors.TensorPrimitives.Divide(row, tokens,
                row);
        }
        return rows;
    }

    private static InferenceSession Load(OnnxFile file, byte[] model, int threads)
    {
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = threads,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL
            };
            // waiting must not cost others their processor
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            if (!file.HasExternalData) return new InferenceSession(model, options);
            var session = new InferenceSession(file.Path, options);
            try
            {
                file.Verify();
                return session;
            }
            catch
            {
                session.Dispose();
                throw;
            }
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException(
                $"expected an ONNX model that the runtime can load in {file.Path}, found: {OneLine(e)}", e);
        }
    }

    private string Only(IReadOnlyDictionary<string, NodeMetadata> these, string what, string? name) =>
        name is not null && these.ContainsKey(name) ? name
        : name is null && these.Count == 1 ? these.Keys.First()
        : throw Unfit(name is null
            ? $"expected one {what}, found {these.Count} ({string.Join(", ", these.Keys)})"
                + (what == "output" ? "; name one as \"output\" in its JSON file" : "")
            : $"expected an {what} '{name}', found {string.Join(", ", these.Keys)}");

    private bool IsHalf(NodeMetadata of, string what, string name) =>
        of is { IsTensor: true, ElementDataType: TensorElementType.Float16 }
        || (of is { IsTensor: true, ElementDataType: TensorElementType.Float } ? false
            : throw Unfit(
                $"expected an {what} of float32 or float16, found '{name}' of "
                    + (of.IsTensor ? $"{of.ElementDataType}" : $"{of.OnnxValueType}")));

    private static Float16[] Halves(float[] values)
    {
        var halves = new Float16[values.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<Float16,
            Half>(halves.AsSpan()));
        return halves;
    }

    private static float[] Singles(ReadOnlySpan<Float16> halves)
    {
        var values = new float[halves.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<Float16, Half>(halves), values);
        return values;
    }

    private InputException Unfit(string what, Exception? e = null) => new($"{_path} does not fit: {what}", e);

    private static string Words(int[] shape) =>
        $"({string.Join(", ", shape.Select((s, i) => s > 0 ? $"{s}" : i == 0 ? "B" : "?"))})";

    private static string OneLine(Exception e) => e.Message.ReplaceLineEndings(" ").Trim();
}

/// <summary>How a model is run.</summary>
internal sealed record OnnxOptions
{
    /// <summary>Name of the output; null: the only one.</summary>
    public string? Output { get; init; }

    /// <summary>For an output of rank 3.</summary>
    public TokenPool Pool { get; init; } = TokenPool.First;

    /// <summary>Null: as the input's shape says.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>Threads of one call; several calls may run at once.</summary>
    public int Threads { get; init; } = 1;
}
