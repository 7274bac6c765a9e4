using CsCheck;
using TorchSharp;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "training.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryRestore_WhatWasSaved_GivesItBack()
    {
        Save();
        var (values, at) = Restored("round 3") ?? throw new InvalidOperationException("nothing restored");
        Assert.Equal(170, at);
        Assert.Equal([1, 2, 3], values);
    }

    [Fact]
    public void TryRestore_NoFile_IsNothing() => Assert.Null(Restored("round 3"));

    [Fact]
    public void TryRestore_FileOfAnotherTraining_IsNothing()
    {
        Save();
        Assert.Null(Restored("round 4"));
    }

    [Fact]
    public void TryRestore_AnyByteChanged_GivesTheSameOrNothing()
    {
        Save();
        var whole = System.IO.File.ReadAllBytes(File);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        // every byte of the file once, another value each time
        foreach (var at in Enumerable.Range(0, whole.Length))
        {
            byte[] changed = [.. whole];
            changed[at] ^= (byte)(1 << at % 7);
            System.IO.File.WriteAllBytes(File, changed);
            if (Restored("round 3") is not var (values, iteration)) continue;
            Assert.Equal(170, iteration);
            Assert.Equal([1, 2, 3], values);
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void TryRestore_FileCutAnywhere_IsNothing()
    {
        Save();
        var whole = System.IO.File.ReadAllBytes(File);
        Gen.Int[0, whole.Length - 1].Sample(length =>
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            Assert.Null(Restored("round 3"));
        }, iter: 50, threads: 1);
    }

    [Fact]
    public void SaveIfDue_JustMade_WaitsForItsInterval()
    {
        using var value = ones(3);
        var waiting = new Checkpoint(File, "x", TimeSpan.FromHours(1));
        waiting.SaveIfDue([("p", value)], 1);
        Assert.False(System.IO.File.Exists(File));
        var eager = new Checkpoint(File, "x", TimeSpan.Zero);
        eager.SaveIfDue([("p", value)], 1);
        Assert.True(System.IO.File.Exists(File));
    }

    private void Save()
    {
        using var value = tensor(new float[] { 1, 2, 3 });
        using var steps = tensor(17L);
        new Checkpoint(File, "round 3").Save([("p", value), ("steps", steps)], 170);
    }

    private (float[] Values, int Iteration)? Restored(string key)
    {
        (float[], int)? got = null;
        var restored = new Checkpoint(File, key)
            .TryRestore((state, iteration) => got = (state["p"].data<float>().ToArray(), iteration));
        Assert.Equal(restored, got is not null);
        return got;
    }
}
