using Spectre.Console;

namespace Vaal.Cli.Terminal;

/// <summary>
/// Shows on standard error how far a long command has come: a live line or two on a terminal, now and then a plain line
/// elsewhere, nothing when quiet. Reporting only stores the event; one thread draws, ten times a second.
/// Never throws, whatever becomes of standard error.
/// </summary>
internal sealed class Progress : IDisposable
{
    private static readonly TimeSpan BetweenPlainLines = TimeSpan.FromSeconds(5), AfterPhaseChange = TimeSpan.FromSeconds(1), Silence = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly IAnsiConsole? _console;
    private readonly bool _live;
    private readonly TimeProvider _clock;
    private readonly TimeLeft _phaseLeft, _jobLeft;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread? _thread;
    private TrainEvent? _phase, _printed;
    private (string Name, int Done, int Total)? _job;
    private string? _of;
    private long _heardAt, _printedAt;
    private int _lines;
    private bool _broken;

    internal Progress(IAnsiConsole? console, bool live, TimeProvider clock, bool draws)
    {
        (_console, _live, _clock) = (console, live, clock);
        (_phaseLeft, _jobLeft) = (new(clock), new(clock));
        if (console is null || !draws) return;
        _thread = new Thread(DrawUntilStopped) { IsBackground = true, Name = "progress" };
        _thread.Start();
    }

    public static Progress OnStandardError(bool quiet = false)
    {
        var live = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        var console = quiet ? null : AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Ansi = live ? AnsiSupport.Detect : AnsiSupport.No,
        });
        return new(console, live && console?.Profile.Capabilities.Ansi == true, TimeProvider.System, draws: true);
    }

    /// <summary>What the library calls, from any thread, as often as it likes.</summary>
    public void Report(TrainEvent e) => Report(e, null);

    /// <summary>The same of one of several parts of a job that run at once. One is shown, until a unit of it is done or it falls silent.</summary>
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

    /// <summary>Where in a longer job the phases now are: <c>vaal, seed 2</c>, after 3 of 21 units.</summary>
    /// <param name="earlier">these units were done at an earlier start: they say nothing of the time that others take</param>
    public void Job(string name, int done, int total, bool earlier = false)
    {
        lock (_lock)
        {
            if (earlier) _jobLeft.Restart();
            _job = (name, done, total);
            Ended(name);
            _jobLeft.Count(done);
        }
    }

    /// <summary>That part of the job is over, or a unit of it: another may be shown.</summary>
    public void Ended(string of)
    {
        lock (_lock) if (_of == of) _of = null;
    }

    /// <summary>One line that stays: a note, a warning.</summary>
    public void Say(string line)
    {
        lock (_lock) Safely(() =>
        {
            Clear();
            _console!.Profile.Out.Writer.WriteLine(line);
            _console.Profile.Out.Writer.Flush();
        });
    }

    /// <summary>The same where it is not about progress: also when quiet.</summary>
    public void Tell(string line)
    {
        if (_console is not null)
        {
            Say(line);
            return;
        }
        try { Console.Error.WriteLine(line); }
        catch (Exception e) when (e is IOException or ObjectDisposedException) { }
    }

    public void Dispose()
    {
        _stop.Set();
        _thread?.Join();
        lock (_lock) Safely(Clear);
    }

    /// <summary>Draws once; the thread's only work.</summary>
    internal void Tick()
    {
        lock (_lock) if (_phase is not null) Safely(_live ? DrawLive : PrintPlain);
    }

    private void DrawUntilStopped()
    {
        while (!_stop.Wait(100)) Tick();
    }

    private void PrintPlain()
    {
        var since = _printed is null ? TimeSpan.MaxValue : _clock.GetElapsedTime(_printedAt);
        var wait = _printed?.Phase == _phase!.Phase ? BetweenPlainLines : AfterPhaseChange;
        if (_phase == _printed || since < wait) return;
        (_printed, _printedAt) = (_phase, _clock.GetTimestamp());
        string?[] parts = [JobText(), _phase.Phase, ProgressText.Count(_phase), Left(), ProgressText.Values(_phase.Values)];
        var writer = _console!.Profile.Out.Writer;
        writer.WriteLine(string.Join("  ", parts.Where(p => !string.IsNullOrEmpty(p))));
        writer.Flush();
    }

    private void DrawLive()
    {
        Clear();
        if (JobText() is { } job) Line((job, Style.Plain));
        var (full, empty) = ProgressText.Bar(ProgressText.Fraction(_phase!), 24, _console!.Profile.Capabilities.Unicode);
        var rate = _phaseLeft.Rate() is { } perSecond ? "  " + ProgressText.Rate(perSecond) : "";
        Line((_phase!.Phase + "  ", new Style(decoration: Decoration.Bold)),
            (_phase.Total > 0 ? full : "", new Style(Color.Blue)), (_phase.Total > 0 ? empty + "  " : "", new Style(Color.Grey)),
            ($"{ProgressText.Count(_phase)}{rate}  {Left()}  ", Style.Plain), (ProgressText.Values(_phase.Values), new Style(Color.Grey)));
    }

    // Each line is cut to the terminal: a wrapped one could not be taken back.
    private void Line(params ReadOnlySpan<(string Text, Style Style)> parts)
    {
        if (_lines++ > 0) _console!.Write(new ControlCode("\n"));
        var room = _console!.Profile.Width - 1;
        foreach (var (text, style) in parts)
        {
            var shown = text.Length <= room ? text : text[..room];
            room -= shown.Length;
            if (shown.Length > 0) _console.Write(new Text(shown, style));
        }
    }

    private void Clear()
    {
        if (_lines == 0) return;
        var up = _lines > 1 ? $"\e[{_lines - 1}A" : "";
        _console!.Write(new ControlCode($"\r{up}\e[J"));
        _lines = 0;
    }

    private string? JobText()
    {
        if (_job is not var (name, done, total)) return null;
        var left = _jobLeft.Until(total) is { } time ? $"  {ProgressText.Duration(time)} left in all" : "";
        return $"{_of ?? name}  {done}/{total}{left}";
    }

    private string? Left() => _phaseLeft.Until(_phase!.Total) is { } time ? ProgressText.Duration(time) + " left" : null;

    // A closed terminal or a broken pipe must not end hours of work: from then on nothing is shown.
    private void Safely(Action draw)
    {
        if (_console is null || _broken) return;
        try { draw(); }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException) { _broken = true; }
    }
}
