using Vaal.Workspaces;

namespace Vaal.Tests.Cli;

/// <summary>Where a processor lacks what the quick paths use, <c>vaal next</c> takes the plain ones: tried by switching
/// them off.</summary>
[Trait("Category", "Slow")]
public sealed class FallBackTests : IDisposable
{
    private const string Next = "next -n 10 --strategy vaal --width 16 --latent 8 --batch 8 --iterations 5";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Next_WithoutBFloat16_ChoosesTheSame() =>
        Assert.Equal(Picks("with", ""), Picks("without", "VAAL_BF16=0"));

    // sums in another order round otherwise, so that the choice need not be the same
    [Theory]
    [InlineData("AVX2 only", "DOTNET_EnableAVX512=0 ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2")]
    [InlineData("no vectors", "DOTNET_EnableHWIntrinsic=0 ONEDNN_MAX_CPU_ISA=SSE41 ATEN_CPU_CAPABILITY=default")]
    public void Next_LesserProcessor_ChoosesAsMany(string name, string variables)
    {
        Assert.Equal(10, Picks(name, variables).Length);
        Assert.Equal(10, Picks(name + " asked for bf16", variables, " --precision bf16").Length);
    }

    private int[] Picks(string name, string variables, string options = "")
    {
        for (var i = 0; i < 30; i++) _folder.Write($"{name}/{i:00}.png", Pictures.Random(i));
        using var w = Workspace.Create(_folder[name]);
        w.Index(new() { Size = 32, Encoder = "none" });
        foreach (var image in w.Images().Take(10)) w.Label(image.Id, "a", [], "ann", "test");
        var outcome = VaalProgram.RunInBash($"cd \"$1\" && env {variables} \"$0\" {Next}{options}", _folder[name]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return [.. w.Picks(1).Select(p => p.Image)];
    }
}
