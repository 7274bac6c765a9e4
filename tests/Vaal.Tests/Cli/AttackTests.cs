using Vaal.Bench.Attack;

namespace Vaal.Tests.Cli;

/// <summary>The attack program in its short form; the long form's figures are in docs/results/reliability.md.</summary>
public sealed class AttackTests
{
    private const int Trials = 1, Kinds = 10, KindsWithCompiler = 3;

    [Trait("Category", "Slow")]
    [Fact]
    public void Attack_ShortForm_BreaksNothing()
    {
        if (OperatingSystem.IsWindows()) return;                                     // no SIGKILL
        var output = new StringWriter();
        Assert.Empty(AttackProgram.Attack(
            VaalProgram.Path, TimeSpan.MaxValue, seed: 1, record: null, output, Trials));
        var without = output.ToString().Contains("no C compiler", StringComparison.Ordinal);
        Assert.False(without && Environment.GetEnvironmentVariable("VAAL_REQUIRE") == "all",
            "there is no C compiler 'cc' that makes a library; install gcc and libc6-dev");
        Assert.Equal(without ? Kinds - KindsWithCompiler : Kinds, output.ToString().ReplaceLineEndings("\n").Split('\n')
            .Count(l => l.EndsWith($": {Trials} trials, 0 with a failure", StringComparison.Ordinal)));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Problems_ConfirmedLabelsAndRoundAreGone_NameThem()
    {
        using var folder = new TemporaryFolder();
        var victim = Victim.Make(VaalProgram.Path, folder.Path);
        var before = File.ReadAllBytes(victim.Database);
        foreach (var command in victim.Commands[1..3]) Assert.Equal(0, victim.Run(command).Exit);
        Assert.Empty(victim.Problems());
        File.WriteAllBytes(victim.Database, before);
        Assert.Equal(["0 of 6 confirmed labels are there", "0 of 1 confirmed rounds are there"], victim.Problems());
    }

    [Theory]
    [InlineData("status", 0, "", true)]
    [InlineData("status", 1, "vaal: no\n", true)]
    [InlineData("import", 1, "vaal: line 2: no\nvaal: line 3: no\n", true)]
    [InlineData("check", 1, "", true)]
    [InlineData("status", 1, "", false)]
    [InlineData("status", 1, "vaal: no\nand more\n", false)]
    [InlineData("status", 1, "   at Vaal.Main()\nvaal: no\n", false)]
    [InlineData("status", 2, "vaal: this is a fault in vaal\n", false)]
    [InlineData("status", 137, "", false)]
    public void Problem_OnlyZeroOrOneWithALineIsNone(string command, int exit, string error, bool none) =>
        Assert.Equal(none, new Ended(command, exit, error).Problem is null);

    [Fact]
    public void Attack_NoSuchProgram_IsOneLine() =>
        Assert.Equal("expected the program vaal, found nothing to run at '/no/vaal'; give its path",
            Assert.Throws<InputException>(() =>
                AttackProgram.Attack("/no/vaal", TimeSpan.MaxValue, seed: 1, record: null, TextWriter.Null)).Message);

    [Fact]
    public void Damage_AnyBytes_ChangesThemAndFollowsFromTheSeed()
    {
        byte[] bytes = [.. Enumerable.Range(0, 1_000).Select(i => (byte)i)];
        Assert.NotEqual(bytes, Mutator.Damage(bytes, new Random(1)));
        Assert.Equal(Mutator.Damage(bytes, new Random(1)), Mutator.Damage(bytes, new Random(1)));
    }
}
