using Spectre.Console;
using Vaal.Cli.Terminal;
using Progress = Vaal.Cli.Terminal.Progress;

namespace Vaal.Tests.Cli;

public sealed partial class ProgressTests
{
    private readonly ManualClock _clock = new();
    private readonly Screen _error = new() { NewLine = "\n" };

    private Progress Open(bool live = false, TextWriter? writer = null, int width = 100, bool draws = false)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = live ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = live ? ColorSystemSupport.EightBit : ColorSystemSupport.NoColors,
            Interactive = live ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer ?? _error),
        });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        return new(console, live, _clock, draws);
    }

    private string[] Lines => _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void TimeLeft_SteadyWork_IsWhatRemainsAtThatRate()
    {
        var left = new TimeLeft(_clock);
        left.Count(0);
        for (var i = 1; i <= 20; i++) { _clock.Pass(0.5); left.Count(i * 5); }
        Assert.Equal(10, left.Rate()!.Value, 1e-9);                                  // 100 in 10 s
        Assert.Equal(80, left.Until(900)!.Value.TotalSeconds, 1e-6);
    }

    [Fact]
    public void TimeLeft_WorkSlowsDown_ForgetsTheFastStart()
    {
        var left = new TimeLeft(_clock);
        left.Count(0);
        for (var i = 1; i <= 100; i++) { _clock.Pass(0.1); left.Count(i * 100); }
        for (var i = 1; i <= 400; i++) { _clock.Pass(0.1); left.Count(10_000 + i); }
        Assert.InRange(left.Rate()!.Value, 9.9, 10.1);
    }

    [Fact]
    public void TimeLeft_UnitsOfMinutes_CountsDownWithinTheUnit()
    {
        var left = new TimeLeft(_clock);
        left.Count(0);
        Assert.Null(left.Until(10));
        foreach (var done in new[] { 1, 2, 3 }) { _clock.Pass(60); left.Count(done); }
        Assert.Equal(420, left.Until(10)!.Value.TotalSeconds, 1e-6);
        _clock.Pass(20);
        Assert.Equal(400, left.Until(10)!.Value.TotalSeconds, 1e-6);
        // this one takes longer: the other six still come
        _clock.Pass(100);
        Assert.Equal(360, left.Until(10)!.Value.TotalSeconds, 1e-6);
    }

    [Fact]
    public void TimeLeft_CountFalls_BeginsAnew()
    {
        var left = new TimeLeft(_clock);
        left.Count(0);
        _clock.Pass(10);
        left.Count(500);
        left.Count(1);
        Assert.Null(left.Rate());
    }

    [Theory]
    [InlineData(31, "0:31")]
    [InlineData(725, "12:05")]
    [InlineData(11_220, "3:07:00")]
    [InlineData(187_200, "2 d 4 h")]
    public void Duration_AnyLength_IsShort(int seconds, string text) =>
        Assert.Equal(text, ProgressText.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(12.345, "12.3")]
    [InlineData(0.00123, "0.00123")]
    [InlineData(1234.4, "1234")]
    [InlineData(-0.5, "-0.5")]
    [InlineData(0, "0")]
    [InlineData(1e-9, "1e-9")]
    [InlineData(double.NaN, "NaN")]
    public void Number_AnySize_HasThreeDigits(double value, string text) =>
        Assert.Equal(text, ProgressText.Number(value));

    [Fact]
    public void Plain_RunningPhase_PrintsTheLineThatWasPromised()
    {
        using var progress = Open();
        progress.Report(new("training VAE", 0, 900));
        // 420 in 27.125 s: 480 more take 31 s
        _clock.Pass(27.125);
        progress.Report(
            new("training VAE", 420, 900, new Dictionary<string, double> { ["recon"] = 12.34, ["kl"] = 9.1 }));
        progress.Tick();
        Assert.Equal(["training VAE  420/900  47%  0:31 left  recon 12.3  kl 9.1"], Lines);
    }

    [Fact]
    public void Plain_ManyEvents_PrintsOneLineInFiveSecondsAndOneAPhase()
    {
        using var progress = Open();
        // 18 s: training for 12, then scoring
        for (var i = 0; i < 1_800; i++)
        {
            progress.Report(i < 1_200 ? new("training", i, 1_200) : new("scoring", i - 1_200, 600));
            progress.Tick();
            _clock.Pass(0.01);
        }
        Assert.Equal(["training", "training", "training", "scoring", "scoring"], Lines.Select(l => l.Split(' ')[0]));
    }

    [Fact]
    public void Plain_NothingNew_PrintsNothing()
    {
        using var progress = Open();
        progress.Report(new("decoding", 3, 0));
        for (var i = 0; i < 100; i++) { progress.Tick(); _clock.Pass(1); }
        Assert.Equal(["decoding  3"], Lines);
    }

    /// <summary>Units that an earlier start had done, found in no time, do not make the others look quick.</summary>
    [Theory]
    [InlineData(0, 21, "1/21")]
    [InlineData(20, 41, "21/41")]
    public void Job_SomeUnitsDone_SaysTimeLeftInAll(int earlier, int total, string done)
    {
        using var progress = Open();
        progress.Job("bench", 0, total);
        if (earlier > 0) progress.Job("vaal, seed 1", earlier, total, earlier: true);
        _clock.Pass(30);
        progress.Job("random, seed 1", earlier + 1, total);
        progress.Report(new("scoring", 0, 10));
        progress.Tick();
        Assert.Equal([$"random, seed 1  {done}  10:00 left in all  scoring  0/10  0%"], Lines);
    }

    [Fact]
    public void Report_TwoPartsAtOnce_ShowsOneUntilItIsDoneOrSilent()
    {
        using var progress = Open();
        progress.Job("bench", 0, 4);
        Both(1);
        _clock.Pass(6);
        Both(4);                                                                     // 3 in 6 s: 6 more take 12
        progress.Job("vaal-1", 1, 4);
        _clock.Pass(6);
        progress.Report(new("training", 7, 10), "random-1");
        progress.Report(new("training", 0, 10), "vaal-2");
        progress.Tick();
        _clock.Pass(11);
        progress.Report(new("training", 1, 10), "vaal-2");
        progress.Tick();
        Assert.Equal(
            ["vaal-1  0/4  training  1/10  10%", "vaal-1  0/4  training  4/10  40%  0:12 left",
                "random-1  1/4  0:12 left in all  training  7/10  70%",
                "vaal-2  1/4  0:12 left in all  training  1/10  10%"], Lines);

        void Both(int done)
        {
            progress.Report(new("training", done, 10), "vaal-1");
            progress.Report(new("training", 9 - done, 10), "random-1");
            progress.Tick();
        }
    }

    [Fact]
    public void Report_StandardErrorIsGone_WorkGoesOn()
    {
        using var progress = Open(writer: new BrokenPipe());
        progress.Report(new("training", 1, 2));
        progress.Tick();
        progress.Say("note");
        progress.Tick();
    }

    [Fact]
    public void Report_Quiet_WritesNothing()
    {
        using var progress = new Progress(null, live: false, _clock, draws: true);
        progress.Report(new("training", 1, 2));
        progress.Say("note");
        progress.Tick();
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public void Report_AHundredThousandEvents_AllocatesAlmostNothing()
    {
        using var progress = Open();
        var events = Enumerable.Range(0, 1_000).Select(i => new TrainEvent("training", i, 100_000)).ToArray();
        foreach (var e in events) progress.Report(e);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            foreach (var e in events) progress.Report(e);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public async Task Report_FromManyThreads_EndsWithALineOfEach()
    {
        var progress = new Progress(
            AnsiConsole.Create(
                new AnsiConsoleSettings
                {
                    Ansi = AnsiSupport.No,
                    Out = new AnsiConsoleOutput(TextWriter.Synchronized(_error))
                }), live: false,
                    TimeProvider.System, draws: true);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++) progress.Report(new("phase " + t, i, 10_000));
            progress.Say("worker " + t);
        })));
        progress.Dispose();
        Assert.Superset(Enumerable.Range(0, 4).Select(t => "worker " + t).ToHashSet(), Lines.ToHashSet());
    }

    /// <summary>A command that refuses its options draws no empty bars.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Bars_OnATerminal_AreDrawnOnceThereIsSomethingToShow(bool reports)
    {
        var terminal = TextWriter.Synchronized(_error);
        var progress = new Progress(AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(terminal),
        }), live: true, TimeProvider.System, draws: true);
        if (reports)
        {
            progress.Report(new("training", 1, 2));
            Assert.True(SpinWait.SpinUntil(() => Shown().Contains("training"), TimeSpan.FromMinutes(1)), Shown());
        }
        else Thread.Sleep(500);                                                  // five times as long as bars need
        progress.Dispose();
        Assert.Equal(reports, Shown().Length > 0);

        string Shown()
        {
            lock (terminal) return _error.ToString();                            // it locks itself to write
        }
    }

    private sealed class BrokenPipe : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("Broken pipe", 32);

        public override void Write(string? value) => throw new IOException("Broken pipe", 32);
    }
}
