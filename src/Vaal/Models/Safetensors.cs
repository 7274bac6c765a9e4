using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// The safetensors file format: 8 bytes little-endian header length, a JSON header
/// {name: {dtype, shape, data_offsets}}, then the raw row-major values. Other tools read and write it too.
/// </summary>
internal static class Safetensors
{
    private const int MaxHeader = 100_000_000;

    /// <summary>All tensors by name, on the CPU; the caller disposes them.</summary>
    /// <exception cref="InputException">the file is missing, cut short or damaged</exception>
    public static Dictionary<string, Tensor> Load(string path) => Load(path, out _);

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="metadata">the free text pairs stored under <c>__metadata__</c></param>
    public static Dictionary<string, Tensor> Load(string path, out IReadOnlyDictionary<string, string> metadata)
    {
        using var scope = NewDisposeScope();
        try
        {
            using var file = RegularFile.OpenRead(path);
            var header = ReadHeader(file, out var dataStart);
            metadata = header.TryGetProperty("__metadata__", out var pairs)
                ? pairs.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "") : [];
            Entry[] entries = [.. header.EnumerateObject().Where(p => p.Name != "__metadata__").Select(ReadEntry)];
            Check(entries, file.Length - dataStart);
            var tensors = entries.ToDictionary(e => e.Name, e => ReadTensor(file, dataStart, e));
            foreach (var tensor in tensors.Values) tensor.MoveToOuterDisposeScope();
            return tensors;
        }
        catch (Exception e) when (
            e is JsonException or InvalidDataException or EndOfStreamException or KeyNotFoundException
            or InvalidOperationException or OverflowException or FormatException or ArgumentException
                or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path} cannot be read as safetensors: {e.Message}", e);
        }
    }

    /// <summary>Writes to a temporary file, then renames it over <paramref name="path"/>: there is never half a
    /// file.</summary>
    public static void Save(
        string path, IEnumerable<(string Name, Tensor Value)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (string Name, Tensor Value)[] all = [.. tensors.Select(t => (t.Name, t.Value.detach().cpu().contiguous()))];
        AtomicFile.Create(path, file =>
        {
            var header = Header(all, metadata);
            file.Write(BitConverter.GetBytes((long)header.Length));
            file.Write(header);
            foreach (var (_, value) in all) file.Write(value.bytes);
        });
    }

    private static JsonElement ReadHeader(Stream file, out long dataStart)
    {
        Span<byte> length = stackalloc byte[8];
        file.ReadExactly(length);
        var size = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (size is < 2 or > MaxHeader || size > file.Length - 8)
            throw new InvalidDataException($"its header is said to have {size} bytes");
        var bytes = new byte[size];
        file.ReadExactly(bytes);
        dataStart = 8 + size;
        return JsonDocument.Parse(bytes).RootElement;
    }

    private static Entry ReadEntry(JsonProperty entry)
    {
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        if (shape.Any(d => d < 0))
            throw new InvalidDataException($"'{entry.Name}' is said to have the shape {string.Join('×', shape)}");
        var type = TypeOf(entry.Value.GetProperty("dtype").GetString());
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64())];
        if (offsets.Length != 2)
            throw new InvalidDataException($"'{entry.Name}' has {offsets.Length} data_offsets; expected 2");
        // strides must fit even where there are no values
        var bytes = shape.Aggregate(SizeOf(type), (a, d) => checked(a * Math.Max(d, 1)));
        return new Entry(entry.Name, type, shape, offsets[0], offsets[1], shape.Contains(0) ? 0 : bytes);
    }

    // The format wants every byte to belong to exactly one tensor.
    private static void Check(Entry[] entries, long length)
    {
        var at = 0L;
        foreach (var e in entries.OrderBy(e => e.Start).ThenBy(e => e.End))
        {
            if (e.Start != at || e.End != checked(at + e.Bytes))
                throw new InvalidDataException(
                    $"the {e.Bytes} bytes of '{e.Name}' are said to lie at {e.Start}..{e.End}; they belong at {at}");
            at = e.End;
        }
        if (at != length) throw new InvalidDataException($"its tensors have {at} bytes, and there are {length}");
    }

    private static Tensor ReadTensor(FileStream file, long dataStart, Entry entry)
    {
        var tensor = empty(entry.Shape, dtype: entry.Type);
        file.Position = dataStart + entry.Start;
        file.ReadExactly(tensor.bytes);
        return tensor;
    }

    private sealed record Entry(string Name, ScalarType Type, long[] Shape, long Start, long End, long Bytes);

    private static byte[] Header((string Name, Tensor Value)[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            var offset = 0L;
            foreach (var (name, value) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", NameOf(value.dtype));
                json.WriteStartArray("shape");
                foreach (var d in value.shape) json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += value.numel() * SizeOf(value.dtype));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        var padding = (8 - (int)stream.Length % 8) % 8;                     // values start on a multiple of 8 bytes
        return [.. stream.ToArray(), .. Encoding.ASCII.GetBytes(new string(' ', padding))];
    }

    private static ScalarType TypeOf(string? name) => name switch
    {
        "F32" => ScalarType.Float32,
        "F64" => ScalarType.Float64,
        "F16" => ScalarType.Float16,
        "BF16" => ScalarType.BFloat16,
        "I64" => ScalarType.Int64,
        "I32" => ScalarType.Int32,
        "I8" => ScalarType.Int8,
        "U8" => ScalarType.Byte,
        "BOOL" => ScalarType.Bool,
        _ => throw new InvalidDataException($"it holds values of type {name}"),
    };

    private static string NameOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => "F32",
        ScalarType.Float64 => "F64",
        ScalarType.Float16 => "F16",
        ScalarType.BFloat16 => "BF16",
        ScalarType.Int64 => "I64",
        ScalarType.Int32 => "I32",
        ScalarType.Int8 => "I8",
        ScalarType.Byte => "U8",
        ScalarType.Bool => "BOOL",
        _ => throw new ArgumentException($"safetensors has no type for {type}"),
    };

    private static long SizeOf(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 => 2,
        _ => 1,
    };
}
