using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Vaal.Bench;

/// <summary>
/// Redis, silos and workers as processes of this machine. One that ends is started again, as Kubernetes would. Where
/// the system allows network namespaces, the last silo and the last worker live in one of their own, so that their
/// cable can be pulled.
/// </summary>
internal sealed class LocalCluster : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    private readonly List<Member> _members = [];
    private readonly Timer _nurse;
    private readonly Lock _lock = new();
    private readonly string _folder, _program;
    private readonly string? _namespace;
    private volatile bool _stopping;

    /// <summary>A process that has to run.</summary>
    internal sealed class Member(string name, string program, string[] args, bool apart)
    {
        public string Name => name;
        public string Program => program;
        public string[] Args => args;

        /// <summary>In the namespace whose cable can be pulled.</summary>
        public bool Apart => apart;

        public Process? Process { get; set; }
        public DateTime Ended { get; set; } = DateTime.MinValue;
        public int Starts { get; set; }
    }

    /// <param name="program">the executable <c>vaal</c></param>
    /// <param name="lease">seconds</param>
    /// <param name="detection">seconds</param>
    /// <param name="pinned">each worker has a core of its own</param>
    public LocalCluster(string program, string folder, int silos, int workers, int lease, int detection,
        bool namespaces = true, string[]? more = null, bool pinned = false)
    {
        (_program, _folder) = (program, folder);
        Directory.CreateDirectory(folder);
        _namespace = namespaces && silos > 1 && workers > 1 ? NewNamespace() : null;
        var redis = FreePort();
        var near = _namespace is null ? "127.0.0.1" : $"10.77.{Network}.1";
        Redis = $"{near}:{redis}";
        string[] address = ["--redis", Redis, .. more ?? []];
        _members.Add(new("redis", "redis-server", ["--port", $"{redis}",
            "--bind", .. new[] { "127.0.0.1", near }.Distinct(),
            "--protected-mode", "no", "--dir", folder, "--appendonly", "yes", "--save", ""], false));
        for (var i = 0; i < silos; i++)
        {
            var apart = _namespace is not null && i == silos - 1;
            _members.Add(new($"silo{i}", program, ["cluster", "silo", .. address, "--host",
                apart ? $"10.77.{Network}.2" : near, "--port", $"{FreePort()}", "--gateway-port", $"{FreePort()}",
                "--lease", $"{lease}", "--detection", $"{detection}"], apart));
        }
        for (var i = 0; i < workers; i++)
            _members.Add(new($"worker{i}", pinned ? "taskset" : program,
                [.. pinned ? ["-c", $"{i}", program] : Array.Empty<string>(), "cluster", "worker", .. address,
                    "--threads", "1"], _namespace is not null && i == workers - 1));
        foreach (var member in _members) Start(member);
        _nurse = new(_ => Nurse(), null, Again, Again);
        SpinWait.SpinUntil(() => _members.All(m => !m.Name.StartsWith("silo", StringComparison.Ordinal)
            || Log(m).Contains("for workers at", StringComparison.Ordinal)), TimeSpan.FromMinutes(2));
    }

    public string Redis { get; }

    /// <summary>The cable of the last silo and worker can be pulled.</summary>
    public bool HasNamespace => _namespace is not null;

    public IReadOnlyList<Member> Members => _members;

    /// <summary>Starts of members after the first.</summary>
    public int Restarts => _members.Sum(m => m.Starts - 1);

    /// <summary>Runs <c>vaal</c> to its end.</summary>
    public (int ExitCode, string Out, string Error) Vaal(TimeSpan patience, params string[] args) =>
        Run(_program, args, patience);

    public static (int ExitCode, string Out, string Error) Run(string program, string[] args, TimeSpan patience)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            return (-1, "", $"{program} {string.Join(' ', args)} did not end within {patience}");
        }
        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Signals a member: KILL, STOP, CONT.</summary>
    public void Signal(Member member, string signal)
    {
        lock (_lock)
        {
            if (member.Process is { HasExited: false } process)
                Run("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(5));
        }
    }

    /// <summary>Pulls the cable of the last silo and worker, or puts it back.</summary>
    public void Cable(bool plugged) =>
        Run("ip", ["-n", _namespace!, "link", "set", "vb", plugged ? "up" : "down"], TimeSpan.FromSeconds(5));

    /// <summary>Asks a member to end by itself, as a rolling restart does.</summary>
    public void Terminate(Member member) => Signal(member, "TERM");

    public string Log(Member member)
    {
        var path = LogOf(member);
        if (!File.Exists(path)) return "";
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return new StreamReader(file).ReadToEnd();
    }

    public void Dispose()
    {
        _stopping = true;
        _nurse.Dispose();
        lock (_lock)
            foreach (var member in _members) End(member);
        if (_namespace is not null) Run("ip", ["netns", "del", _namespace], TimeSpan.FromSeconds(5));
    }

    /// <summary>A port that is free now, below those that the system gives to clients.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // somebody has it
            }
        }
    }

    private static int Network => Environment.ProcessId % 250;

    private string LogOf(Member member) => Path.Combine(_folder, $"{member.Name}.log");

    private void Start(Member member)
    {
        string[] command = [member.Program, .. member.Args];
        if (member.Apart) command = ["ip", "netns", "exec", _namespace!, .. command];
        // a shell, so that what it says goes to a file, and 'exec', so that the process is the member
        var start = new ProcessStartInfo("bash", ["-c", "exec \"$@\" >> \"$0\" 2>&1", LogOf(member), .. command]);
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        member.Process = Process.Start(start)!;
        member.Starts++;
        member.Ended = DateTime.MinValue;
    }

    // the timer comes again: calls that waited here would take all threads of the pool, and whoever holds the lock may
    // need one to read what a process prints
    private void Nurse()
    {
        if (!_lock.TryEnter()) return;
        try
        {
            if (_stopping) return;
            foreach (var member in _members)
            {
                if (member.Process is not { HasExited: true }) continue;
                if (member.Ended == DateTime.MinValue) member.Ended = DateTime.UtcNow;
                else if (DateTime.UtcNow - member.Ended > Again) Start(member);
            }
        }
        finally
        {
            _lock.Exit();
        }
    }

    private static void End(Member member)
    {
        if (member.Process is not { HasExited: false } process) return;
        process.Kill();
        process.WaitForExit();
    }

    private static string? NewNamespace()
    {
        var name = $"vaal{Environment.ProcessId}";
        bool Ip(params string[] args)
        {
            try { return Run("ip", args, TimeSpan.FromSeconds(5)).ExitCode == 0; }
            catch (System.ComponentModel.Win32Exception) { return false; }           // no such program
        }
        if (!Ip("netns", "add", name)) return null;
        var link = $"va{Environment.ProcessId}";
        if (Ip("link", "add", link, "type", "veth", "peer", "name", "vb", "netns", name)
            && Ip("addr", "add", $"10.77.{Network}.1/24", "dev", link) && Ip("link", "set", link, "up")
            && Ip("-n", name, "addr", "add", $"10.77.{Network}.2/24", "dev", "vb")
            && Ip("-n", name, "link", "set", "vb", "up") && Ip("-n", name, "link", "set", "lo", "up"))
            return name;
        Ip("netns", "del", name);
        return null;
    }
}
