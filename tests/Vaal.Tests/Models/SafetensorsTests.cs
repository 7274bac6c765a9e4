using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using CsCheck;
using TorchSharp;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Tests.Models;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Load_WhatWasSaved_IsTheSame(ScalarType type)
    {
        using var scope = NewDisposeScope();
        (string Name, Tensor Value)[] saved =
        [
            ("matrix", arange(-3, 3).view(2, 3).to(type)), ("scalar", tensor(1).to(type)),
                ("empty", empty(2, 0, 3, dtype: type)),
            ("turned", arange(6).view(2, 3).t().to(type)), ("näme \"quoted\"", ones(1, dtype: type)),
        ];
        var path = Path.Combine(_folder.Path, "all.safetensors");
        Safetensors.Save(path, saved);
        var loaded = Safetensors.Load(path);
        Assert.Equal(saved.Select(s => s.Name).Order(), loaded.Keys.Order());
        foreach (var (name, value) in saved)
        {
            Assert.Equal(value.shape, loaded[name].shape);
            Assert.Equal(type, loaded[name].dtype);
            Assert.Equal(value.contiguous().bytes.ToArray(), loaded[name].bytes.ToArray());
        }
    }

    [Fact]
    public void Load_Metadata_IsWhatWasSaved()
    {
        var pairs = new Dictionary<string, string> { ["model"] = "small-cnn", ["π"] = "3,14\n\"" };
        var path = Path.Combine(_folder.Path, "m.safetensors");
        using var value = ones(1);
        Safetensors.Save(path, [("a", value)], pairs);
        Safetensors.Load(path, out var found)["a"].Dispose();
        Assert.Equal(pairs, found);
    }

    [Fact]
    public void Save_AnyNames_ValuesBeginAtAMultipleOfEightAndFillTheFile() =>
        Gen.String[Gen.Char.AlphaNumeric, 1, 20].ArrayUnique[0, 5].Sample(names =>
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_folder.Path, "aligned.safetensors");
        Safetensors.Save(path, names.Select(n => (n, (Tensor)ones(3))));
        var bytes = File.ReadAllBytes(path);
        var header = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal(8 + header + names.Length * 12, bytes.Length);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(bytes.AsMemory(8, (int)header)).RootElement.ValueKind);
    }, iter: 20, threads: 1);

    // as the format's description has it, written here byte by byte
    [Fact]
    public void Load_FileMadeByHand_IsUnderstood()
    {
        const string header =
            """{"__metadata__":{"by":"hand"},"b":{"dtype":"I32","shape":[2],"data_offsets":[4,12]},"""
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}   ";
        byte[] values = [0, 0, 0xC0, 0x3F, 1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF]; // 1.5, 1, −2, little-endian
        using var scope = NewDisposeScope();
        var loaded = Safetensors.Load(Write(header, values), out var metadata);
        Assert.Equal("hand", metadata["by"]);
        Assert.Empty(loaded["a"].shape);
        Assert.Equal(1.5f, loaded["a"].item<float>());
        Assert.Equal([1, -2], loaded["b"].data<int>().ToArray());
    }

    [Theory]
    // says two, holds one
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    // overlap
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"""
        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}")]
    // share
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"""
        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}")]
    // twice
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"""
        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}")]
    // a hole before it
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    // bytes that are nobody's
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[8,0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""")]
    // 2⁶⁴·4 values wrap round to none
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[1,-9223372036854775808]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775803,9223372036854775807]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""")]
    [InlineData("""{"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":null}""")]
    [InlineData("""{"__metadata__":[1]}""")]
    [InlineData("""[]""")]
    [InlineData("""{"a":""")]
    [InlineData("")]
    public void Load_HeaderThatIsWrong_IsRefusedInOneLine(string header) =>
        RefusedInOneLine(Write(header, new byte[8]));

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0 })]                              // not even a length
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' })]     // header longer than the file
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 127, (byte)'{', (byte)'}' })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, (byte)'{', (byte)'}' })]
    public void Load_LengthThatIsWrong_IsRefusedInOneLine(byte[] file) =>
        RefusedInOneLine(_folder.Write("bad.safetensors", file));

    [Fact]
    public void Load_NoFile_IsRefusedInOneLine() => RefusedInOneLine(Path.Combine(_folder.Path, "none.safetensors"));

    [Fact]
    public void Load_FileCutAnywhere_IsRefused()
    {
        var whole = Whole();
        Gen.Int[0, whole.Length - 1]
            .Sample(length => RefusedInOneLine(_folder.Write("cut.safetensors", whole[..length])),
                iter: 60, threads: 1);
    }

    [Fact]
    public void Load_AnyBytesChanged_IsReadOrRefusedAndLeavesNoTensor()
    {
        var whole = Whole();
        var header = 8 + BitConverter.ToInt32(whole);
        var telling = "0123456789-[]{},:\"e. "u8.ToArray();
        var changes = Gen.Select(
            Gen.Int[0, header - 1], Gen.OneOf(Gen.Byte, Gen.Int[0, telling.Length - 1].Select(i => telling[i])))
            .Array[1, 3];
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        changes.Sample(edits =>
        {
            byte[] bytes = [.. whole];
            foreach (var (at, value) in edits) bytes[at] = value;
            try
            {
                foreach (var tensor in Safetensors.Load(_folder.Write("changed.safetensors", bytes)).Values)
                    tensor.Dispose();
            }
            catch (InputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }, iter: 2_000, threads: 1);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private byte[] Whole()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_folder.Path, "whole.safetensors");
        Safetensors.Save(
            path, [("a", ones(2, 3)), ("b", arange(4)), ("c", tensor(true))], new Dictionary<string,
            string>
            { ["key"] = "value" });
        return File.ReadAllBytes(path);
    }

    private string Write(string header, byte[] values)
    {
        var json = Encoding.UTF8.GetBytes(header);
        return _folder.Write("hand.safetensors", [.. BitConverter.GetBytes((long)json.Length), .. json, .. values]);
    }

    private static void RefusedInOneLine(string path)
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var e = Assert.Throws<InputException>(() => Safetensors.Load(path));
        Assert.StartsWith($"{path} cannot be read as safetensors: ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
