using CsCheck;
using Vaal.Experiments;
using Vaal.Training;

namespace Vaal.Tests.Experiments;

public sealed class RunFolderTests : IDisposable
{
    private static readonly LoopOptions Options = new();
    private static readonly RoundResult Round =
        new(0, 12, 0.512345678901234, [3, 1, 2], 1.5, 0.25, new(double.NaN, 3, 1.25, 0.5, 0.75));
    private readonly TemporaryFolder _folder = new();

    private string Folder => Path.Combine(_folder.Path, "run");

    public void Dispose() => _folder.Dispose();

    private RunFolder Open(LoopOptions? options = null, string data = "cifar10", string fingerprint = "abc") =>
        RunFolder.Open(Folder, options ?? Options, data, fingerprint);

    private string Refused(Func<RunFolder> open)
    {
        var e = Assert.Throws<InputException>(() => open().Dispose());
        Assert.Contains(_folder.Path, e.Message);
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }

    [Fact]
    public void Open_SameRunAgain_HasItsRoundsAndIdentity()
    {
        string identity;
        using (var first = Open())
        {
            Assert.Empty(first.Rounds());
            first.Save([Round]);
            identity = first.Identity;
        }
        using var second = Open(new(Options) { });
        Assert.Equal(identity, second.Identity);
        var read = Assert.Single(second.Rounds());
        Assert.Equal(Round.Picks, read.Picks);
        Assert.Equal(Round.Health!.KlPerUnit, read.Health!.KlPerUnit);
        Assert.Equal(AsJson.Of(Round), AsJson.Of(read));
    }

    /// <summary>People read it: ranks begin with 1, and each image has its own path.</summary>
    [Fact]
    public void Finished_Picks_HaveTheirRoundRankNumberAndPath()
    {
        using var run = Open();
        RoundResult Chose(int round, params int[] picks) => new(round, 12, 0.5, picks, 1, 1, null);
        run.Finished([Chose(0, 3, 1), Chose(1, 2)], ["a.png", "b.png", "c.png", "d.png"]);
        Assert.Equal("round,rank,id,path\n0,1,3,d.png\n0,2,1,b.png\n1,1,2,c.png\n",
            File.ReadAllText(Path.Combine(Folder, "picks.csv")));
    }

    public static TheoryData<LoopOptions, string> Others => new()
    {
        { new(Options) { Seed = 2 }, "options.seed there is 1, here 2" },
        { new(Options) { Strategy = "random" }, "options.strategy there is \"vaal\", here \"random\"" },
        { new(Options) { Features = "task" }, "options.features there is \"vae\", here \"task\"" },
        { new(Options) { Vaal = VaalOptions.Official }, "options.vaal.width there is 16, here 128" },
        { new(Options) { WithoutClasses = [1] }, "options.withoutClasses there is [], here [1]" },
        { new(Options) { Task = new(Options.Task) { LearningRate = 0.2 } }, "options.task.learningRate there is " },
    };

    [Theory, MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void Open_FolderOfAnotherRun_IsRefusedAndNamesTheDifference(LoopOptions other, string difference)
    {
        Open().Dispose();
        var message = Refused(() => Open(other));
        Assert.StartsWith($"{Folder} holds another run (", message, StringComparison.Ordinal);
        Assert.Contains(difference, message);
        // it is not locked, and still what it was
        Open().Dispose();
    }

    [Fact]
    public void Open_OtherData_IsRefusedAndNamesTheDifference()
    {
        Open().Dispose();
        Assert.Contains("data there is \"cifar10\", here \"idx\"", Refused(() => Open(data: "idx")));
        Assert.Contains("fingerprint there is \"abc\", here \"abd\"", Refused(() => Open(fingerprint: "abd")));
    }

    [Fact]
    public void Open_LabelsFileWithOtherContent_IsRefused()
    {
        _folder.Write("labels.csv", "index,label\n0,1\n");
        var options = new LoopOptions(Options) { LabelsFrom = Path.Combine(_folder.Path, "labels.csv") };
        Open(options).Dispose();
        Open(options).Dispose();
        _folder.Write("labels.csv", "index,label\n0,2\n");
        Assert.Contains("labelsFrom there is ", Refused(() => Open(options)));
        File.Delete(options.LabelsFrom);
        Assert.Contains("no file", Refused(() => Open(options)));
    }

    [Theory]
    [InlineData("x.npy", "x.npy", "features there is ")]
    [InlineData("x.onnx", "x.onnx", "features there is ")]
    [InlineData("x.onnx", "x.onnx.data", "featuresData there is ")]
    [InlineData("model.onnx", "weights.bin", "featuresData weights.bin there is ")]
    public void Open_FeaturesFileWithOtherContent_IsRefused(string features, string changed, string difference)
    {
        var options = new LoopOptions(Options)
        {
            Features = features == "model.onnx" ? OnnxModels.WithExternal("weights.bin").Write(_folder, features)
                : _folder.Write(features, "1"),
        };
        _folder.Write("x.onnx.data", "1");
        _folder.Write("weights.bin", "1");
        Open(options).Dispose();
        Open(options).Dispose();
        _folder.Write(changed, "2");
        Assert.Contains(difference, Refused(() => Open(options)));
        File.Delete(options.Features);
        Assert.Contains("no file", Refused(() => Open(options)));
    }

    /// <summary>The run says which file it was made from before it reads that file.</summary>
    [Fact]
    public void Save_FileReplacedBeforeItWasRead_IsRefusedAndNothingIsRecorded()
    {
        var options = new LoopOptions(Options) { CostsFrom = _folder.Write("costs.csv", "index,cost\n0,1\n") };
        using (var run = Open(options))
        {
            _folder.Write("costs.csv", "index,cost\n0,2\n");
            Assert.Equal(
                $"expected {options.CostsFrom} to stay as it is while it is read, found it changed; run the same "
                    + "command again", Assert.Throws<InputException>(() => run.Save([Round])).Message);
            Assert.Empty(run.Rounds());
        }
        Assert.Contains("costs there is ", Refused(() => Open(options)));
    }

    [Fact]
    public void Save_FileChangedAfterTheFirstRound_GoesOn()
    {
        var options = new LoopOptions(Options) { CostsFrom = _folder.Write("costs.csv", "index,cost\n0,1\n") };
        using var run = Open(options);
        run.Save([Round]);
        _folder.Write("costs.csv", "index,cost\n0,2\n");                             // it was read long ago
        run.Save([Round, new(1, 15, 0.5, [4], 1, 1, null)]);
        Assert.Equal(2, run.Rounds().Count);
    }

    [Fact]
    public void Identity_OfAnotherRun_IsAnother()
    {
        using var a = Open();
        using var b = RunFolder.Open(Path.Combine(_folder.Path, "b"), new(Options) { Seed = 2 }, "cifar10", "abc");
        using var c = RunFolder.Open(Path.Combine(_folder.Path, "c"), Options, "cifar10", "abd");
        Assert.Equal(3, new[] { a.Identity, b.Identity, c.Identity }.Distinct().Count());
    }

    [Fact]
    public void Open_ForeignFolderWithFiles_IsRefusedAndLeftAlone()
    {
        _folder.Write("run/thesis.tex", "text");
        Assert.Contains("is not empty and holds no run of vaal", Refused(() => Open()));
        Assert.Equal(["thesis.tex"], Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName));
    }

    /// <summary>A bench names its folders itself, so that no other can be given.</summary>
    [Fact]
    public void Open_ForeignFolderOfABench_SaysHowToBeginAgain()
    {
        _folder.Write("run/thesis.tex", "text");
        Assert.EndsWith("delete this folder to start the run again",
            Refused(() => RunFolder.Open(Folder, Options, "cifar10", "abc", ofBench: true)), StringComparison.Ordinal);
        Directory.Delete(Folder, recursive: true);
        Open().Dispose();
        Assert.EndsWith("delete this folder to start the run again",
            Refused(() => RunFolder.Open(Folder, Options, "cifar10", "abd", ofBench: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhereNoFolderCanBeMade_IsOneLine()
    {
        _folder.Write("file", "text");
        Assert.StartsWith($"cannot make the folder {_folder["file/run"]}: ",
            Refused(() => RunFolder.Open(_folder["file/run"], Options, "cifar10", "abc")), StringComparison.Ordinal);
        Assert.SkipUnless(Directory.Exists("/proc/self"), "needs Linux's /proc, in which no folder can be made");
        Assert.Equal("cannot make the folder /proc/x: no folder can be made there; choose another place",
            Assert.Throws<InputException>(() => RunFolder.Open("/proc/x", Options, "cifar10", "abc")).Message);
    }

    /// <summary>12 labels and 3 picks are 15 labels.</summary>
    [Theory]
    [InlineData(15, 1.5, "expected an accuracy of 0 to 1 in round 1, found 1.5")]
    [InlineData(15, -0.1, "expected an accuracy of 0 to 1 in round 1, found -0.1")]
    [InlineData(15, double.NaN, "expected an accuracy of 0 to 1 in round 1, found NaN")]
    [InlineData(14, 0.5, "expected 15 labels in round 1, found 14")]
    public void Rounds_ValuesThatCannotBe_AreDamage(int labelled, double accuracy, string problem)
    {
        using var run = Open();
        run.Save([Round, new(1, labelled, accuracy, [], 1, 1, null)]);
        Assert.Equal(
            $"{Path.Combine(Folder, "rounds.json")} is damaged ({problem}); delete its folder to start the run again",
            Assert.Throws<InputException>(() => run.Rounds()).Message);
    }

    [Fact]
    public void Open_PlaceIsAFile_IsRefused()
    {
        _folder.Write("run", "text");
        Assert.Contains("is a file", Refused(() => Open()));
    }

    [Fact]
    public void Open_WhatAnInterruptedStartLeft_IsTakenOver()
    {
        _folder.Write("run/.lock", "");
        _folder.Write("run/.run.json.0.tmp", "{");
        Open().Dispose();
        Assert.True(File.Exists(Path.Combine(Folder, "run.json")));
    }

    [Fact]
    public void Open_InUse_IsRefusedUntilItIsFree()
    {
        using (Open()) Assert.Contains("another process works in", Refused(() => Open()));
        Open().Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{\"data\":1,\"data\":2}")]
    public void Open_RunFileIsDamaged_IsRefused(string content)
    {
        Open().Dispose();
        _folder.Write("run/run.json", content);
        Assert.Contains("run.json is damaged (", Refused(() => Open()));
    }

    [Fact]
    public void Open_AnyByteOfRunFileChanged_IsTheSameRunOrRefused()
    {
        Open().Dispose();
        var whole = File.ReadAllBytes(Path.Combine(Folder, "run.json"));
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Sample((at, value) =>
        {
            byte[] bytes = [.. whole];
            bytes[at] = value;
            _folder.Write("run/run.json", bytes);
            try { Open().Dispose(); }
            catch (InputException e) { Assert.DoesNotContain('\n', e.Message); }
        }, iter: 500, threads: 1);
    }

    [Fact]
    public void Save_Rounds_ReplacesThemAndForgetsCheckpoints()
    {
        using var folder = Open();
        folder.Save([Round]);
        _folder.Write("run/checkpoints/vaal.safetensors", "x");
        folder.Save([Round, new(1, 15, 0.5, [], 1, 1, null)]);
        Assert.Equal(2, folder.Rounds().Count);
        Assert.Empty(Directory.GetFiles(folder.Checkpoints));
    }
}
