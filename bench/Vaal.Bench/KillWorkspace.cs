using System.Diagnostics;
using System.Text.Json;
using Vaal.Workspaces;

namespace Vaal.Bench;

/// <summary>
/// Kills the program (SIGKILL) at random moments while it indexes, chooses, imports and exports, and looks each time
/// whether everything that was said to be done is still there, and nothing is there by half.
/// </summary>
internal sealed class KillWorkspace
{
    private static readonly string[] _classes = ["cat", "dog", "owl"],
        _formats = ["csv", "json", "label-studio", "image-folder"];
    private readonly string _program, _folder, _images;
    private readonly Random _random;
    private readonly Dictionary<string, TimeSpan> _usual = [];
    // labels of imports that ended well, by path
    private readonly Dictionary<string, string> _said = [];
    // picks of rounds that were recorded, by number
    private readonly Dictionary<int, int> _rounds = [];
    private int _next;

    private KillWorkspace(string program, string folder, int seed)
    {
        (_program, _folder, _images, _random) = (program, folder, Path.Combine(folder, "images"), new Random(seed));
        Directory.CreateDirectory(_images);
        for (var i = 0; i < 40; i++) AddImage();
    }

    /// <summary>kill-workspace PROGRAM [KILLS] [SEED]</summary>
    public static int Run(string[] args)
    {
        if (args.Length == 0) throw new InputException("give the path of the program vaal");
        var folder = Directory.CreateTempSubdirectory("vaal-kill-").FullName;
        try
        {
            var clock = Stopwatch.StartNew();
            var kills = Kill(args[0], folder, args.Number(1, 200), args.Number(2, 1));
            var each = string.Join(", ", kills.Select(k => $"{k.Key} {k.Value}"));
            Console.WriteLine(
                $"{kills.Values.Sum()} kills in {clock.Elapsed.TotalSeconds:0} s ({each}): "
                + "nothing is lost or half-written");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <returns>kills by command</returns>
    /// <exception cref="InvalidOperationException">something was lost, or is there by half</exception>
    public static IReadOnlyDictionary<string, int> Kill(string program, string folder, int kills, int seed)
    {
        var (harness, count) = (new KillWorkspace(program, folder, seed), new SortedDictionary<string, int>());
        // once in peace, to know how long it takes
        harness.Init(kill: false);
        Directory.Delete(Path.Combine(harness._images, ".vaal"), recursive: true);
        while (count.Values.Sum() < kills)
        {
            var (command, killed) = harness.Step();
            if (killed) count[command] = count.GetValueOrDefault(command) + 1;
            harness.Check();
        }
        harness.Init(kill: false);
        harness.Check();
        return count;
    }

    private (string Command, bool Killed) Step()
    {
        if (!Ready()) return ("init", Init(kill: true));
        return _random.Next(4) switch
        {
            0 => ("init", Init(kill: true)),
            1 => ("import", Import()),
            2 => ("next", Next()),
            _ => ("export", Export()),
        };
    }

    private bool Ready()
    {
        try
        {
            using var w = Workspace.Open(_images);
            return w.Images().Count > 0;
        }
        catch (InputException)
        {
            // it was killed before there was anything
            return false;
        }
    }

    private bool Init(bool kill)
    {
        for (var i = _random.Next(4); i > 0; i--) AddImage();
        return Start(kill, "init", _images, "--quiet");
    }

    private bool Import()
    {
        string[] paths;
        Dictionary<string, string> before;
        using (var w = Workspace.Open(_images)) (paths, before) = ([.. w.Images().Select(i => i.Path)], Labels(w));
        var lines = paths.Where(p => !before.ContainsKey(p)).OrderBy(_ => _random.Next()).Take(20)
            .ToDictionary(p => p, _ => _classes[_random.Next(3)]);
        if (lines.Count == 0)
        {
            AddImage();
            return Init(kill: false);
        }
        var csv = Path.Combine(_folder, "labels.csv");
        File.WriteAllText(csv, "path,label\n" + string.Concat(lines.Select(l => $"{l.Key},{l.Value}\n")));
        var killed = Start(kill: true, "import", csv, "--workspace", _images, "--quiet");
        using (var w = Workspace.Open(_images))
        {
            var now = Labels(w);
            var taken = lines.Count(l => now.GetValueOrDefault(l.Key) == l.Value);
            Require(taken == lines.Count
                || (killed && taken == 0), $"{taken} of {lines.Count} labels of an import are there");
            if (taken > 0) foreach (var (path, label) in lines) _said[path] = label;
        }
        return killed;
    }

    private bool Next()
    {
        AddImage();
        Init(kill: false);                                                           // so that there is one to choose
        Check();
        var killed = Start(
            kill: true, "next", "-n", "1", "--seed", $"{_rounds.Count + 1}", "--iterations", "20", "--workspace",
            _images, "--quiet");
        using (var w = Workspace.Open(_images))
        {
            var rounds = w.Rounds();
            Require(rounds.Count == _rounds.Count + 1 || (killed && rounds.Count == _rounds.Count),
                $"{rounds.Count - _rounds.Count} rounds were recorded by one command");
            foreach (var round in rounds)
            {
                Require(round.Picks == round.Budget
                    && w.Picks(round.Id).Count == round.Budget,
                    $"round {round.Id} has {round.Picks} of {round.Budget} picks");
                _rounds[round.Id] = round.Picks;
            }
        }
        return killed;
    }

    private bool Export()
    {
        var format = _formats[_random.Next(_formats.Length)];
        var target = Target(format);
        var killed =
            Start(kill: true, "export", "--what", "all", "--format", format, "--out", target, "--workspace", _images);
        Require(killed || Path.Exists(target), $"no {target} though the export ended well");
        return killed;
    }

    private string Target(string format) => Path.Combine(
        _folder, format == "image-folder" ? format : $"{format}.{(format == "csv" ? "csv" : "json")}");

    /// <summary>Whether the process was killed before it had ended.</summary>
    private bool Start(bool kill, params string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(
            new ProcessStartInfo(_program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        var usual = _usual.GetValueOrDefault(arguments[0], TimeSpan.FromSeconds(1));
        // the first third is the runtime's own start
        if (kill && (arguments[0] == "import" && _random.Next(3) > 0 ? Writes(process)
            : !process.WaitForExit(usual * (0.3 + 0.9 * _random.NextDouble()))))
        {
            process.Kill();
            process.WaitForExit();
            if (process.ExitCode != 0) return true;                                  // it may have ended just then
        }
        process.WaitForExit();
        Require(process.ExitCode == 0, $"{string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result}");
        _usual[arguments[0]] = clock.Elapsed;
        return false;
    }

    /// <summary>Waits until the first bytes of a change are in the database's log: the moment at which a change that
    /// is not all or nothing is half done. Random moments hardly ever meet it.</summary>
    /// <returns>false: the process ended without one</returns>
    private bool Writes(Process process)
    {
        var log = Path.Combine(_images, ".vaal", "vaal.db-wal");
        while (!process.HasExited)
            if (new FileInfo(log) is { Exists: true, Length: > 0 }) return true;
        return false;
    }

    private void Check()
    {
        if (Ready())
        {
            using var w = Workspace.Open(_images);
            Require(w.Problems() is [], string.Join("; ", w.Problems()));
            var labels = Labels(w);
            foreach (var (path, label) in _said)
                Require(labels.GetValueOrDefault(path) == label, $"the label of {path} is lost");
            Require(labels.Count == _said.Count, $"{labels.Count} labels instead of {_said.Count}");
            var rounds = w.Rounds().ToDictionary(r => r.Id, r => r.Picks);
            foreach (var (id, picks) in _rounds)
                Require(rounds.GetValueOrDefault(id) == picks, $"round {id} is lost");
            Require(rounds.Count == _rounds.Count, $"{rounds.Count} rounds instead of {_rounds.Count}");
        }
        else
        {
            Require(_said.Count == 0 && _rounds.Count == 0, "the workspace is lost");
        }
        foreach (var format in _formats) if (Path.Exists(Target(format))) CheckExport(format, Target(format));
    }

    private static void CheckExport(string format, string target)
    {
        switch (format)
        {
            case "csv":
                Require(File.ReadAllText(target).EndsWith('\n')
                    && File.ReadLines(target).Skip(1).All(l => l.Count(c => c == ',') == 5), "half a CSV file");
                break;
            case "image-folder":
                var rows = File.ReadLines(Path.Combine(target, "vaal.csv")).Count() - 1;
                var files = Directory.EnumerateFiles(target, "*.bmp", SearchOption.AllDirectories).Count();
                Require(rows == files, $"{files} images in a folder of {rows}");
                break;
            default:
                using (JsonDocument.Parse(File.ReadAllBytes(target))) break;
        }
    }

    private static Dictionary<string, string> Labels(Workspace w)
    {
        var paths = w.Images().ToDictionary(i => i.Id, i => i.Path);
        return w.Labels().ToDictionary(l => paths[l.Image], l => l.Class!);
    }

    private void AddImage() =>
        RandomPicture.Write(Path.Combine(_images, $"{_next++:00000}.bmp"), _random);

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}
