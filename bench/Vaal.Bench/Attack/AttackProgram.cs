using System.Diagnostics;
using System.Globalization;

namespace Vaal.Bench.Attack;

/// <summary>
/// Attacks the program in every way that has ever broken something: it is killed at the n-th write, disks fail and
/// fill, files and databases are damaged, commands run at once. Whatever happens, a command ends with 0, or with 1 and
/// a line that says why; no confirmed label or round is lost, and nothing is there by half. Each trial follows from its
/// kind and number alone.
/// </summary>
internal sealed class AttackProgram
{
    private readonly string _program, _scratch;
    private readonly string? _shim;
    private readonly string _model;

    private AttackProgram(string program, string scratch)
    {
        (_program, _scratch) = (program, scratch);
        _shim = Shim.Compile(scratch);
        _model = Path.Combine(scratch, "model");
        Victim.Make(program, _model);                                                // is copied for each trial
        Kinds = new Dictionary<string, Func<Victim, Random, IEnumerable<string>>>
        {
            ["a kill at a write"] = (v, r) => Struck(v, r, "kill"),
            ["an I/O error"] = (v, r) => Struck(v, r, r.Next(2) == 0 ? "eio" : "enospc"),
            ["a disk that is full from then on"] = (v, r) => Struck(v, r, "full"),
            ["a damaged database"] = Databases,
            ["a damaged annotation file"] = Annotations,
            ["a damaged image"] = Images,
            ["a damaged cache"] = Caches,
            ["a damaged file of the workspace"] = Files,
            ["a damaged ONNX model or table of features"] = Models,
            ["two commands at once"] = Pairs,
        };
        if (_shim is null) foreach (var kind in Kinds.Keys.Take(3).ToList()) Kinds.Remove(kind);
    }

    private Dictionary<string, Func<Victim, Random, IEnumerable<string>>> Kinds { get; }

    /// <summary>attack PROGRAM [SECONDS] [SEED] [--record FILE.csv]</summary>
    public static int Run(string[] args)
    {
        if (args.Length == 0) throw new InputException("give the path of the program vaal");
        var failures = Attack(args[0], TimeSpan.FromSeconds(args.Number(1, 120)), args.Number(2, 1),
            args.Option("--record"), Console.Out);
        return failures.Count == 0 ? 0 : 1;
    }

    /// <summary>Tries each kind in turn until the time is over.</summary>
    /// <param name="record">a table of the trials; those in it are not done again</param>
    /// <param name="trials">of each kind, at most</param>
    /// <returns>what went wrong</returns>
    public static IReadOnlyList<string> Attack(string program, TimeSpan time, int seed, string? record,
        TextWriter output, int trials = int.MaxValue)
    {
        if (!File.Exists(program) || !CanRun(program))
            throw new InputException($"expected the program vaal, found nothing to run at '{program}'; give its path");
        var scratch = Directory.CreateTempSubdirectory("vaal-attack-").FullName;
        try
        {
            var attack = new AttackProgram(Path.GetFullPath(program), scratch);
            if (attack._shim is null) output.WriteLine("no C compiler: calls of the system cannot be made to fail");
            var (done, failures) = (Recorded(record), new List<string>());
            var clock = Stopwatch.StartNew();
            for (var number = 0; number < trials && clock.Elapsed < time; number++)
            {
                foreach (var (kind, trial) in attack.Kinds)
                {
                    if (clock.Elapsed >= time) break;
                    if (done.ContainsKey((kind, seed, number))) continue;
                    var problems = attack.Trial(trial, Seeds.Derive(seed, kind, number)).ToList();
                    done[(kind, seed, number)] = problems.Count;
                    foreach (var failure in problems.Select(p => $"{kind}, seed {seed}, trial {number}: {p}"))
                    {
                        failures.Add(failure);
                        output.WriteLine(failure);
                        output.Flush();
                    }
                    if (record is not null)
                        File.AppendAllText(record, $"{kind},{seed},{number},{problems.Count}\n");
                }
            }
            foreach (var group in done.GroupBy(d => d.Key.Kind))
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{group.Key}: {group.Count()} trials, {group.Count(d => d.Value > 0)} with a failure"));
            return failures;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static bool CanRun(string file) =>
        OperatingSystem.IsWindows() || File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute);

    private static Dictionary<(string Kind, int Seed, int Number), int> Recorded(string? record) =>
        record is null || !File.Exists(record) ? []
        : File.ReadAllLines(record).Select(l => l.Split(',')).Where(l => l.Length == 4).ToDictionary(
            l => (l[0], int.Parse(l[1], CultureInfo.InvariantCulture), int.Parse(l[2], CultureInfo.InvariantCulture)),
            l => int.Parse(l[3], CultureInfo.InvariantCulture));

    private IEnumerable<string> Trial(Func<Victim, Random, IEnumerable<string>> trial, long seed)
    {
        var folder = Path.Combine(_scratch, "trial");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Copy(_model, folder);
        return trial(Victim.At(_program, folder), new Random((int)seed)).ToList();
    }

    /// <summary>A command during which a call of the system goes wrong; then the same again in peace.</summary>
    private IEnumerable<string> Struck(Victim victim, Random random, string how)
    {
        foreach (var before in victim.Commands.Take(random.Next(3))) victim.Run(before);
        var command = victim.Commands[random.Next(victim.Commands.Length)];
        var struck = victim.Run(command, new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = _shim!,
            ["ATTACK_FOLDER"] = victim.Folder,
            ["ATTACK_HOW"] = how,
            ["ATTACK_AT"] = random.Next(1, 60).ToString(CultureInfo.InvariantCulture),
        });
        var wanted = how == "kill" && struck.Killed;
        if (!wanted && struck.Problem is { } problem) yield return problem;
        foreach (var broken in victim.Problems()) yield return $"after '{struck.Command}': {broken}";
        var again = victim.Run(command);
        var already = command[0] == "classes" && again.Error.Contains("declared already", StringComparison.Ordinal);
        if (again.Exit != 0 && !already)
            yield return $"again: '{again.Command}' ended with {again.Exit}: {again.Error}";
        foreach (var broken in victim.Problems()) yield return $"again: {broken}";
    }

    private static IEnumerable<string> Databases(Victim victim, Random random)
    {
        foreach (var before in victim.Commands.Take(3)) victim.Run(before);
        var columns = DatabaseDamage.Columns(victim.Database);
        var (table, column) = columns[random.Next(columns.Count)];
        var done = random.Next(8) switch
        {
            0 => DatabaseDamage.Double(victim.Database, table, random),
            1 => DatabaseDamage.Delete(victim.Database, table, random),
            2 => DatabaseDamage.Version(victim.Database, random.Next(-2, 8)),
            3 => Bytes(victim.Database, random),
            _ => DatabaseDamage.Column(victim.Database, table, column, random),
        };
        foreach (var problem in Ends(victim, random, 4)) yield return $"{done}: {problem}";
    }

    private static IEnumerable<string> Annotations(Victim victim, Random random)
    {
        victim.Run(victim.Commands[1]);
        string[] formats = ["csv", "json", "label-studio", "coco", "cvat", "parquet"];
        var format = formats[random.Next(formats.Length)];
        var file = Path.Combine(victim.Folder, format == "cvat" ? "x.xml" : format is "csv" or "parquet" ? $"x.{format}"
            : "x.json");
        victim.Run("export", "--what", "all", "--format", format, "--out", file);
        Bytes(file, random);
        if (victim.Run("import", file, "--replace", "--dry-run").Problem is { } dry) yield return $"{format}: {dry}";
        if (victim.Run("import", file, "--quiet").Problem is { } problem) yield return $"{format}: {problem}";
        foreach (var broken in Sound(victim)) yield return $"{format}: {broken}";
        foreach (var what in new[] { "coco", "label-studio" })
            if (victim.Run("export", "--what", "all", "--format", what, "--out", Path.Combine(victim.Folder, what))
                is { Exit: not 0 } export) yield return $"{format}: '{export.Command}' ended with {export.Exit}";
    }

    private static IEnumerable<string> Images(Victim victim, Random random)
    {
        Label(victim);
        foreach (var image in Directory.GetFiles(victim.Images).OrderBy(_ => random.Next()).Take(3)) Bytes(image,
            random);
        foreach (var problem in Ends(victim, random, 3)) yield return problem;
        foreach (var broken in Sound(victim)) yield return broken;
    }

    private static IEnumerable<string> Caches(Victim victim, Random random)
    {
        Label(victim);
        Bytes(Directory.GetFiles(victim.State, "*.pixels")[0], random);
        foreach (var problem in Ends(victim, random, 2)) yield return problem;
        if (victim.Run("check", "--repair", "-q") is { Exit: not 0 } check)
            yield return $"check --repair: {check.Error}";
        foreach (var broken in Sound(victim)) yield return broken;
    }

    private static IEnumerable<string> Files(Victim victim, Random random)
    {
        foreach (var before in victim.Commands) victim.Run(before);
        var files = Directory.GetFiles(victim.State, "*", SearchOption.AllDirectories)
            .Where(f => !Path.GetFileName(f).StartsWith("vaal.db", StringComparison.Ordinal)).ToArray();
        var file = files[random.Next(files.Length)];
        Bytes(file, random);
        foreach (var problem in Ends(victim, random, 3)) yield return $"{Path.GetFileName(file)}: {problem}";
        foreach (var broken in Sound(victim)) yield return $"{Path.GetFileName(file)}: {broken}";
    }

    private static IEnumerable<string> Models(Victim victim, Random random)
    {
        Label(victim);
        var ending = random.Next(2) == 0 ? "onnx" : "npy";
        var file = Path.Combine(victim.Folder, $"x.{ending}");
        File.WriteAllBytes(file, ending == "npy" ? Table(12, 4) : Identity());
        File.WriteAllLines(Path.ChangeExtension(file, ".txt"), Enumerable.Range(0, 12).Select(i => $"{i:00}.bmp"));
        Bytes(file, random);
        string[] init = ["init", victim.Images, "--encoder", file, "--quiet"];
        if (victim.Run(init).Problem is { } problem) yield return problem;
        foreach (var broken in Sound(victim)) yield return broken;
    }

    private static IEnumerable<string> Pairs(Victim victim, Random random)
    {
        foreach (var before in victim.Commands.Take(random.Next(3))) victim.Run(before);
        string[][] pair = random.GetItems(victim.Commands, 2);
        var running = pair.Select(command => (command, Process: victim.Start(command))).ToList();
        foreach (var (command, process) in running)
        {
            using (process)
                if (victim.End(command, process).Problem is { } problem) yield return problem;
        }
        foreach (var broken in victim.Problems()) yield return $"{pair[0][0]} and {pair[1][0]}: {broken}";
    }

    /// <summary>Labels and a round that must not be lost.</summary>
    private static void Label(Victim victim)
    {
        foreach (var before in victim.Commands[1..3]) victim.Run(before);
    }

    /// <summary>Some commands on what was damaged.</summary>
    private static IEnumerable<string> Ends(Victim victim, Random random, int commands) =>
        random.GetItems([.. victim.Commands, .. Victim.Looks], commands)
            .Select(command => victim.Run(command).Problem).OfType<string>();

    // damaged input may add labels, but none that was confirmed is lost, and the database stays sound
    private static IEnumerable<string> Sound(Victim victim) =>
        Workspaces.Workspace.Check(victim.Images).Database is { Count: > 0 } faults
            ? faults.Select(fault => $"database: {fault}") : victim.Lost();

    private static string Bytes(string file, Random random)
    {
        File.WriteAllBytes(file, Mutator.Damage(File.ReadAllBytes(file), random));
        return $"bytes of {Path.GetFileName(file)}";
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            File.Copy(file, copy);
            File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(file));
        }
    }

    /// <summary>A .npy table of float32.</summary>
    private static byte[] Table(int rows, int columns)
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. System.Text.Encoding.ASCII.GetBytes(header),
            .. new byte[rows * columns * sizeof(float)]];
    }

    /// <summary>An ONNX model that gives its input back.</summary>
    private static byte[] Identity()
    {
        // field 7: graph; in it field 1: node, 2: name, 11: input, 12: output; field 8: opset
        byte[] node = [0x0a, 1, (byte)'x', 0x12, 1, (byte)'y', 0x22, 8, .. "Identity"u8];
        byte[] graph = [0x0a, (byte)node.Length, .. node, 0x12, 1, (byte)'g', .. Value(0x5a, 'x'), .. Value(0x62, 'y')];
        return [0x08, 8, 0x3a, (byte)graph.Length, .. graph, 0x42, 2, 0x10, 13];

        static byte[] Value(byte field, char name)
        {
            byte[] dimensions = [.. new[] { 1, 3, 32, 32 }.SelectMany(d => new byte[] { 0x0a, 2, 0x08, (byte)d })];
            byte[] tensor = [0x08, 1, 0x12, (byte)dimensions.Length, .. dimensions];
            byte[] type = [0x0a, (byte)tensor.Length, .. tensor];
            byte[] value = [0x0a, 1, (byte)name, 0x12, (byte)type.Length, .. type];
            return [field, (byte)value.Length, .. value];
        }
    }
}
