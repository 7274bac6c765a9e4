using Vaal.Cli.Terminal;

namespace Vaal.Tests.Cli;

/// <summary>What holds for a whole process is set once, from options; the tool makes them of variables.</summary>
public sealed class RuntimeOptionsTests
{
    [Fact]
    public void Read_NoVariables_IsTheDefault() =>
        Assert.Equal(new Variables(null, true, null, null), Variables.Read(_ => null));

    [Theory]
    [InlineData("3", 3)]
    [InlineData("5,2", 5)]
    [InlineData("many", null)]
    [InlineData("0", null)]
    [InlineData("", null)]
    public void Read_OpenMpsThreads_AreThoseOfTheOuterLevel(string text, int? threads) =>
        Assert.Equal(threads, Variables.Read(Only("OMP_NUM_THREADS", text)).Threads);

    [Fact]
    public void Read_BFloat16_IsOffAtZeroOnly()
    {
        Assert.False(Variables.Read(Only("VAAL_BF16", "0")).BFloat16);
        Assert.True(Variables.Read(Only("VAAL_BF16", "1")).BFloat16);
    }

    [Fact]
    public void Read_CheckpointSeconds_AreTheTimeBetweenTwoSaves() =>
        Assert.Equal(
            TimeSpan.FromMilliseconds(50), Variables.Read(Only("VAAL_CHECKPOINT_SECONDS", "0.05")).CheckpointEvery);

    [Theory]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("86401")]
    [InlineData("NaN")]
    public void Read_CheckpointSecondsOutOfRange_AreRefused(string text)
    {
        var e = Assert.Throws<InputException>(() => Variables.Read(Only("VAAL_CHECKPOINT_SECONDS", text)));
        Assert.Equal(
            $"VAAL_CHECKPOINT_SECONDS: expected a number of seconds from 0 to 86400, found '{text}'", e.Message);
    }

    [Fact]
    public void Read_UsersCache_LiesInVaal()
    {
        var root = Path.GetTempPath();
        Assert.Equal(Path.Combine(root, "vaal"), Variables.Read(Only("XDG_CACHE_HOME", root)).CacheFolder);
        Assert.Equal("", Variables.Read(Only("XDG_CACHE_HOME", "not/rooted")).CacheFolder);
    }

    [Fact]
    public void Problems_OutOfRange_AreAllNamed() =>
        Assert.Equal(
            [
                "expected at least 1 thread, found 0", "expected kept blocks of 0 to 1024 MiB, found 2000",
                "expected 0 to 24 hours between two checkpoints, found 1.01:00:00",
                "expected the full path of a cache folder, found 'here'",
            ],
            new RuntimeOptions
            {
                Threads = 0,
                KeptBlocks = 2_000,
                CheckpointEvery = TimeSpan.FromHours(25),
                CacheFolder = "here",
            }.Problems());

    [Fact]
    public void Use_OthersAreInUse_IsRefused()
    {
        var used = RuntimeOptions.Current;
        Assert.Throws<InvalidOperationException>(() => RuntimeOptions.Use(threads: 77));
        RuntimeOptions.Set(used);
        Assert.Same(used, RuntimeOptions.Current);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Program_VariableThatCannotBeUsed_EndsInOneLine()
    {
        var outcome = VaalProgram.RunInBash("VAAL_CHECKPOINT_SECONDS=soon \"$0\" strategies");
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("vaal: VAAL_CHECKPOINT_SECONDS: expected", Assert.Single(outcome.ErrorLines));
    }

    private static Func<string, string?> Only(string name, string text) => asked => asked == name ? text : null;
}
