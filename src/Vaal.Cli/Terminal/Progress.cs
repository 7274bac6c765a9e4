using Spectre.Console;

namespace Vaal.Cli.Terminal;

/// <summary>
/// Shows on standard error how far a long command is: live bars on a terminal, a plain line now and then elsewhere, and
/// nothing when quiet. Reporting only stores the event; one thread draws ten times a second. Never throws, even if
/// standard error is gone.
/// </summary>
internal sealed class Progress : IDisposable
{
    private const int MostLines = 20;
    private static readonly TimeSpan BetweenPlainLines = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterPhaseChange = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly IAnsiConsole? _console;
    private readonly TextWriter _writer;
    private readonly bool _live;
    private readonly TimeProvider _clock;
    private readonly TimeLeft _phaseLeft, _jobLeft;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread? _thread;
    private TrainEvent? _phase, _printed;
    private (string Name, int Done, int Total)? _job;
    private string? _of;
    private long _heardAt, _printedAt;
    private bool _broken;

    internal Progress(IAnsiConsole? console, bool live, TimeProvider clock, bool draws)
    {
        (_console, _live, _clock) = (console, live, clock);
        _writer = new VisibleWriter(console?.Profile.Out.Writer ?? TextWriter.Null);
        (_phaseLeft, _jobLeft) = (new(clock), new(clock));
        if (console is null || !draws) return;
        _thread = new Thread(live ? DrawLive : DrawPlain) { IsBackground = true, Name = "progress" };
        _thread.Start();
    }

    public static Progress OnStandardError(bool quiet = false)
    {
        var live = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        var console = quiet ? null : AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Ansi = live ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = live ? InteractionSupport.Yes : InteractionSupport.No,
        });
        live = live && console?.Profile.Capabilities.Ansi == true;
        var progress = new Progress(console, live, TimeProvider.System, draws: true);
        if (live) Output.BeforeResults = progress.Dispose;
        return progress;
    }

    /// <summary>What the library calls, from any thread, as often as it likes.</summary>
    public void Report(TrainEvent e) => Report(e, null);

    /// <summary>
    /// The same, of one of several parts of a job that run at once. One part is shown until a unit of it is done or it
    /// falls silent.
    /// </summary>
    /// <param name="of">the part, by name</param>
    public void Report(TrainEvent e, string? of)
    {
        lock (_lock)
        {
            if (_of is not null && _of != of && _clock.GetElapsedTime(_heardAt) < Silence) return;
            if (_phase?.Phase != e.Phase || _of != of) _phaseLeft.Restart();
            (_phase, _of, _heardAt) = (e, of, _clock.GetTimestamp());
            _phaseLeft.Count(e.Done);
        }
    }

    /// <summary>Where in a longer job the phases are now: <c>vaal, seed 2</c>, after 3 of 21 units.</summary>
    /// <param name="earlier">an earlier start did these units: they say nothing about how long the others take</param>
    public void Job(string name, int done, int total, bool earlier = false)
    {
        lock (_lock)
        {
            if (earlier) _jobLeft.Restart();
            _job = (name, done, total);
            if (_of == name) _of = null;
            _jobLeft.Count(done);
        }
    }

    /// <summary>One line that stays: a note, a warning. Not shown when quiet.</summary>
    public void Say(string line)
    {
        lock (_lock) Safely(() =>
        {
            if (_live) _console!.WriteLine(Visible.Text(line));                      // Spectre redraws its bars below
            else _writer.WriteLine(line);
            _console!.Profile.Out.Writer.Flush();
        });
    }

    /// <summary>The same for what is not about progress: shown when quiet, too.</summary>
    public void Tell(string line)
    {
        if (_console is not null)
        {
            Say(line);
            return;
        }
        try { Output.Error.WriteLine(line); }
        catch (Exception e) when (e is IOException or ObjectDisposedException) { }
    }

    /// <summary>Lines about single files or entries: the first of them, and how many more there are, so that what is
    /// said next stays in sight.</summary>
    /// <param name="rest">where the others are</param>
    public void Tell(IEnumerable<string> lines, string rest)
    {
        var all = lines.ToList();
        foreach (var line in all.Take(MostLines)) Tell($"vaal: {line}");
        if (all.Count > MostLines) Tell($"vaal: and {all.Count - MostLines:N0} more; {rest}");
    }

    /// <summary>Ends the drawing. Notes can still be said.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread?.Join();
    }

    /// <summary>Prints a plain line if one is due; the only work of the thread off a terminal.</summary>
    internal void Tick()
    {
        lock (_lock) if (_phase is not null) Safely(PrintPlain);
    }

    private static bool IsSame(TrainEvent a, TrainEvent? b) => b is not null
        && (a.Phase, a.Done, a.Total) == (b.Phase, b.Done, b.Total) && ReferenceEquals(a.Values, b.Values);

    private void DrawPlain()
    {
        while (!_stop.Wait(100)) Tick();
    }

    private void PrintPlain()
    {
        var since = _printed is null ? TimeSpan.MaxValue : _clock.GetElapsedTime(_printedAt);
        var wait = _printed?.Phase == _phase!.Phase ? BetweenPlainLines : AfterPhaseChange;
        if (IsSame(_phase, _printed) || since < wait) return;
        (_printed, _printedAt) = (_phase, _clock.GetTimestamp());
        string?[] job = [_job is var (name, done, total) ? $"{_of ?? name}  {done}/{total}" : null, JobLeft()];
        string?[] parts =
        [
            .. job, _phase.Phase, ProgressText.Count(_phase), PhaseLeft(), ProgressText.Values(_phase.Values),
        ];
        _writer.WriteLine(Joined(parts));
        _writer.Flush();
    }

    private void DrawLive() => Safely(() =>
    {
        // whoever fails at once sees the message alone
        while (!IsUnderWay()) if (_stop.Wait(100)) return;
        var bars = _console!.Progress().AutoRefresh(false).AutoClear(true).ExcludeVerticalPadding();
        var (name, text) = (new LiveText(task => task.Description), new LiveText(task => $"{task.Tag}"));
        bars.Columns(name, new ProgressBarColumn { Width = 24 }, text).Start(live =>
        {
            ProgressTask? job = null, phase = null;
            while (!_stop.Wait(100))
            {
                lock (_lock)
                {
                    if (_job is var (what, done, total))
                        Show(job ??= live.AddTask("job"), _of ?? what, done, total, [$"{done}/{total}", JobLeft()]);
                    if (_phase is not null)
                        Show(phase ??= live.AddTask("phase"), _phase.Phase, _phase.Done, _phase.Total, PhaseTexts());
                }
                live.Refresh();
            }
        });
    });

    private bool IsUnderWay()
    {
        lock (_lock) return _phase is not null || _job is not null;
    }

    private static void Show(ProgressTask task, string name, long done, long total, IEnumerable<string?> texts)
    {
        task.IsIndeterminate = total <= 0;
        task.MaxValue = Math.Max(1, total);
        task.Value = Math.Min(done, Math.Max(0, total - 1));                         // full, it would end as a task
        task.Description = Visible.Line(name);
        task.Tag = Visible.Line(Joined(texts));
    }

    private IEnumerable<string?> PhaseTexts()
    {
        yield return ProgressText.Count(_phase!);
        yield return _phaseLeft.Rate() is { } perSecond ? ProgressText.Rate(perSecond) : null;
        yield return PhaseLeft();
        yield return ProgressText.Values(_phase!.Values);
    }

    private static string Joined(IEnumerable<string?> parts) =>
        string.Join("  ", parts.Where(p => !string.IsNullOrEmpty(p)));

    private string? JobLeft() =>
        _job is var (_, _, total) && _jobLeft.Until(total) is { } time
            ? $"{ProgressText.Duration(time)} left in all" : null;

    private string? PhaseLeft() =>
        _phaseLeft.Until(_phase!.Total) is { } time ? ProgressText.Duration(time) + " left" : null;

    // A closed terminal or a broken pipe must not end hours of work: from then on nothing is shown.
    private void Safely(Action draw)
    {
        if (_console is null || _broken) return;
        try { draw(); }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            _broken = true;
        }
    }
}
