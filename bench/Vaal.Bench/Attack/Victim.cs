using System.Diagnostics;
using System.Text;
using Vaal.Workspaces;

namespace Vaal.Bench.Attack;

/// <summary>How a run of the program ended.</summary>
internal sealed record Ended(string Command, int Exit, string Error)
{
    /// <summary>Killed from outside (128 + SIGKILL).</summary>
    public bool Killed => Exit == 137;

    /// <summary>What is wrong with the way it ended; null: it is done, or it is the user's mistake and the last line
    /// says so.</summary>
    public string? Problem => (Exit == 0 || Exit == 1 && SaysWhy) && !Error.Contains("   at ", StringComparison.Ordinal)
        ? null : $"'{Command}' ended with {Exit}: {Error.ReplaceLineEndings(" | ")}";

    // 'check' writes what it found to standard output; 'import' has a line for each entry that it left out
    private bool SaysWhy => Error.Length == 0 ? Command.StartsWith("check", StringComparison.Ordinal)
        : Error.TrimEnd().Split('\n')[^1].StartsWith("vaal: ", StringComparison.Ordinal);
}

/// <summary>A small workspace that is attacked, and what must hold whatever happens to it.</summary>
internal sealed class Victim
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly string _program;
    // what commands that ended with 0 have recorded
    private int _labels, _rounds;

    /// <summary>A new one.</summary>
    public static Victim Make(string program, string folder) => new(program, folder, make: true);

    /// <summary>One that was made, or a copy of it.</summary>
    public static Victim At(string program, string folder) => new(program, folder, make: false);

    private Victim(string program, string folder, bool make)
    {
        (_program, Folder) = (program, folder);
        if (!make) return;
        Directory.CreateDirectory(Images);
        for (var i = 0; i < 12; i++) File.WriteAllBytes(Path.Combine(Images, $"{i:00}.bmp"), Bitmap(i));
        File.WriteAllText(LabelFile,
            "path,label\n" + string.Concat(Enumerable.Range(0, 6).Select(i => $"{i:00}.bmp,{"ab"[i % 2]}\n")));
        Require(Run("init", Images, "--encoder", "none", "--test", "2", "--quiet"));
    }

    public string Folder { get; }

    public string Images => Path.Combine(Folder, "images");

    public string State => Path.Combine(Images, ".vaal");

    public string Database => Path.Combine(State, "vaal.db");

    private string LabelFile => Path.Combine(Folder, "labels.csv");

    /// <summary>Commands that change something, each of which may be given again after a kill.</summary>
    public string[][] Commands =>
    [
        ["init", Images, "--quiet"],
        ["import", LabelFile, "--quiet"],
        ["next", "-n", "2", "--strategy", "random", "--seed", "5", "--quiet"],
        ["export", "--what", "all", "--format", "csv", "--out", Path.Combine(Folder, "all.csv")],
        ["export", "--what", "all", "--format", "image-folder", "--out", Path.Combine(Folder, "tree")],
        ["classes", "add", "zebra"],
    ];

    /// <summary>Commands that only look.</summary>
    public static string[][] Looks { get; } =
        [["status", "--json"], ["log", "--images"], ["classes", "list"], ["check", "-q"], ["status", "--verbose"]];

    public Ended Run(params string[] command) => Run(command, null);

    /// <param name="environment">of the shim</param>
    public Ended Run(string[] command, IReadOnlyDictionary<string, string>? environment)
    {
        using var process = Start(command, environment);
        return End(command, process);
    }

    public Process Start(string[] command, IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] all = command[0] == "init" ? command : [.. command, "--workspace", Images];
        var start = new ProcessStartInfo(_program, all) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public Ended End(string[] command, Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        if (process.WaitForExit(Patience))
        {
            if (process.ExitCode == 0 && command is ["import", var file, ..] && file == LabelFile) _labels = 6;
            if (process.ExitCode == 0 && command[0] == "next") _rounds = 1;
            return new(string.Join(' ', command), process.ExitCode, error.Result);
        }
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return new(string.Join(' ', command), -1, $"it did not end within {Patience.TotalSeconds:0} s");
    }

    /// <summary>What is not as it must be; none: the workspace is whole.</summary>
    public IEnumerable<string> Problems()
    {
        var report = Workspace.Check(Images);
        foreach (var fault in report.Database) yield return $"database: {fault}";
        using (var w = Workspace.Open(Images))
        {
            var labels = w.Labels().Count;
            if (labels is not (0 or 6)) yield return $"{labels} of 6 labels of one import are there";
            foreach (var round in w.Rounds().Where(r => r.Picks != r.Budget))
                yield return $"round {round.Id} has {round.Picks} of {round.Budget} picks";
        }
        foreach (var lost in Lost()) yield return lost;
        var csv = Path.Combine(Folder, "all.csv");
        if (File.Exists(csv) && File.ReadAllLines(csv).Length != 13) yield return "half an export";
        var tree = Path.Combine(Folder, "tree");
        if (Directory.Exists(tree) && Directory.GetFiles(tree, "*.bmp", SearchOption.AllDirectories).Length != 12)
            yield return "half an exported folder";
    }

    /// <summary>What a command that ended with 0 has recorded and that is not there any more.</summary>
    public IEnumerable<string> Lost()
    {
        using var w = Workspace.Open(Images);
        var (labels, rounds) = (w.Labels().Count, w.Rounds().Count);
        if (labels < _labels) yield return $"{labels} of {_labels} confirmed labels are there";
        if (rounds < _rounds) yield return $"{rounds} of {_rounds} confirmed rounds are there";
    }

    /// <summary>The pixels of a 32×32 picture of its own.</summary>
    public static byte[] Bitmap(int seed)
    {
        var pixels = new byte[32 * 32 * 3];
        new Random(seed).NextBytes(pixels);
        using var bytes = new MemoryStream();
        using var file = new BinaryWriter(bytes, Encoding.ASCII);
        file.Write("BM"u8);
        int[] fields = [54 + pixels.Length, 0, 54, 40, 32, 32, 24 << 16 | 1, 0, pixels.Length, 2835, 2835, 0, 0];
        foreach (var field in fields) file.Write(field);
        file.Write(pixels);
        return bytes.ToArray();
    }

    private static void Require(Ended ended)
    {
        if (ended.Exit != 0) throw new InputException($"the program does not even work in peace: {ended.Error}");
    }
}
