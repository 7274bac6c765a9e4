using System.Text.RegularExpressions;
using Progress = Vaal.Cli.Terminal.Progress;

namespace Vaal.Tests.Cli;

/// <summary>Bars on a terminal.</summary>
public sealed partial class ProgressTests
{
    [Fact]
    public void Live_JobAndPhase_HaveBarsAndLeaveNothingBehind()
    {
        var text = Drawn(100, "300/600", progress =>
        {
            progress.Job("vaal, seed 1", 0, 2);
            progress.Report(new("training VAE", 300, 600, new Dictionary<string, double> { ["recon"] = 12.34 }));
        });
        Assert.Matches(@"vaal, seed 1 +━+ +0/2", WithoutCodes(text));
        Assert.Matches(@"training VAE +━+ +300/600  50%  recon 12\.3", WithoutCodes(text));
        // the last thing is to clear its lines
        Assert.Matches(@"\e\[2K(\r|\e\[[0-9;?]*[A-Za-z])*$", text);
    }

    [Fact]
    public void Live_NarrowTerminal_CutsLinesSoThatNoneWraps()
    {
        var text = Drawn(60, "ppp", progress =>
        {
            progress.Job(new string('j', 200), 0, 2);
            progress.Report(new(new string('p', 200), 1, 2));
        });
        Assert.Contains("jjj", text);
        Assert.All(WithoutCodes(text).Split('\n'), line => Assert.InRange(line.Length, 0, 60));
    }

    [Fact]
    public void Live_ControlCharacters_AreShownAndNotObeyed()
    {
        var text = Drawn(100, "u009b1mc", progress =>
        {
            progress.Job("a\e[2Jb\u009b1mc", 0, 2);
            progress.Say("d\ae");
        });
        Assert.Contains(@"a\u001b[2Jb\u009b1mc", text);
        Assert.Contains(@"d\u0007e", text);
    }

    [Fact]
    public void Say_WhileLive_IsALineOfItsOwn()
    {
        var text = Drawn(100, "left out", progress =>
        {
            progress.Report(new("decoding", 1, 2));
            _error.Await("decoding");
            progress.Say("broken.jpg: left out");
        });
        Assert.Contains("broken.jpg: left out", WithoutCodes(text).Split('\n'));
    }

    /// <summary>What the thread wrote that draws on a terminal, <paramref name="last"/> at least.</summary>
    private string Drawn(int width, string last, Action<Progress> act)
    {
        using (var progress = Open(live: true, width: width, draws: true))
        {
            act(progress);
            _error.Await(last);
        }
        return _error.ToString();
    }

    // what is drawn again begins with a carriage return
    private static string WithoutCodes(string text) => Codes().Replace(text, "").Replace('\r', '\n');

    [GeneratedRegex("\e\\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Codes();

    /// <summary>One thread draws here, and another looks.</summary>
    private sealed class Screen : StringWriter
    {
        private readonly Lock _lock = new();

        public override void Write(char value) { lock (_lock) base.Write(value); }

        public override void Write(string? value) { lock (_lock) base.Write(value); }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_lock) base.Write(buffer, index, count);
        }

        public override void Write(ReadOnlySpan<char> buffer) { lock (_lock) base.Write(buffer); }

        public override void WriteLine(string? value) { lock (_lock) base.WriteLine(value); }

        public override string ToString() { lock (_lock) return base.ToString(); }

        public void Await(string text) => Assert.True(
            SpinWait.SpinUntil(() => ToString().Contains(text, StringComparison.Ordinal), TimeSpan.FromMinutes(2)),
            $"no '{text}' in {this}");
    }
}
