using Vaal.Bench.Attack;

namespace Vaal.Tests.Cli;

/// <summary>The attack program in its short form; the long form's figures are in docs/results/reliability.md.</summary>
public sealed class AttackTests
{
    private const int Trials = 1;

    [Trait("Category", "Slow")]
    [Fact]
    public void Attack_ShortForm_BreaksNothing()
    {
        if (OperatingSystem.IsWindows()) return;                                     // no SIGKILL
        var output = new StringWriter();
        Assert.Empty(AttackProgram.Attack(
            VaalProgram.Path, TimeSpan.MaxValue, seed: 1, record: null, output, Trials));
        Assert.Contains($"two commands at once: {Trials} trials, 0 with a failure", output.ToString(),
            StringComparison.Ordinal);
    }

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
