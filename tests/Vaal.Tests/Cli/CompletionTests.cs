namespace Vaal.Tests.Cli;

[Trait("Category", "Slow")]
public sealed class CompletionTests
{
    [Theory]
    [InlineData("vaal ne", "next")]
    [InlineData("vaal next --strategy typ", "typiclust")]
    [InlineData("vaal help ne", "next")]
    [InlineData("vaal next --preset off", "official")]
    [InlineData("vaal data fetch fashion", "fashion-mnist")]
    [InlineData("vaal completion z", "zsh")]
    [InlineData("vaal export --format lab", "label-studio")]
    [InlineData("vaal next --verb", "--verbose")]
    [InlineData("vaal init phot")]
    [InlineData("vaal export --what p", "picks")]
    [InlineData("vaal init --fit ", "crop", "letterbox", "stretch")]
    public void Complete_WhatIsTyped_GivesTheNamesThatFit(string typed, params string[] names)
    {
        var outcome = CommandLine.Run("complete", $"{typed.Length}", "--", typed);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(names, outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Completion_InBash_CompletesAWord()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs bash");
        var outcome = VaalProgram.RunInBash("""
            folder=$(dirname "$0"); PATH="$folder:$PATH"
            eval "$(vaal completion bash)"
            COMP_LINE="vaal import --dry"; COMP_POINT=${#COMP_LINE}; _vaal; echo "${COMPREPLY[@]}"
            """);
        Assert.Equal((0, "--dry-run\n"), (outcome.ExitCode, outcome.Out));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _vaal vaal")]
    [InlineData("zsh", "compdef _vaal vaal")]
    [InlineData("fish", "complete -c vaal")]
    [InlineData("powershell", "Register-ArgumentCompleter")]
    public void Completion_EveryShell_HasAScript(string shell, string part) =>
        Assert.Contains(part, CommandLine.Run("completion", shell).Out);
}
