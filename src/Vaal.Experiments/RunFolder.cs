using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Models;
using Vaal.Records;
using Vaal.Strategies;

namespace Vaal.Experiments;

/// <summary>
/// The folder of one run: <c>run.json</c> says what is run, <c>rounds.json</c> what has come of it so far,
/// <c>checkpoints/</c> holds trainings under way. One process at a time; a folder of another run is refused.
/// </summary>
internal sealed class RunFolder : RunObserver, IDisposable
{
    private const string OtherWeights = "featuresData ", BeginAgain = "delete this folder to start the run again";

    private static readonly JsonSerializerOptions Json =
        new(Vaal.Json.Options) { WriteIndented = true, AllowDuplicateProperties = false };

    private readonly string _folder;
    private readonly FileStream _lock;
    private IReadOnlyList<SameFile> _named;

    private RunFolder(string folder, FileStream exclusive, string identity, IReadOnlyList<SameFile> named) =>
        (_folder, _lock, Identity, _named) = (folder, exclusive, identity, named);

    /// <summary>Tells this run from any other: a hash of everything that decides its results.</summary>
    public override string Identity { get; }

    /// <summary>Where trainings under way save their state.</summary>
    public override string Checkpoints => Path.Combine(_folder, "checkpoints");

    /// <summary>Keep the task model and VAAL's pair of every round: <see cref="Networks.Save"/>.</summary>
    public bool SaveModels { get; set; }

    /// <summary>Keep pictures of what was chosen, with mask, prediction and uncertainty, where images have
    /// masks.</summary>
    public bool SaveOverlays { get; set; }

    /// <summary>Where trained models of a round are kept for good, on request.</summary>
    public string Models(int round) => Path.Combine(_folder, "models", $"round-{round}");

    /// <summary>Where pictures of what a round chose are kept, with masks and predictions.</summary>
    internal string Overlays(int round) => Path.Combine(_folder, "overlays", $"round-{round}");

    /// <summary>Opens the folder of this run, or makes it.</summary>
    /// <param name="dataFingerprint">of the data set, as <see cref="DataSet.Fingerprint"/></param>
    /// <param name="ofBench">a bench names its folders itself, so that no other can be given</param>
    /// <exception cref="InputException">the folder holds another run or other files, it cannot be made, or another
    /// process works in it</exception>
    public static RunFolder Open(
        string folder, LoopOptions options, string dataName, string dataFingerprint, bool ofBench = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        var wanted = new JsonObject
        {
            ["data"] = dataName,
            ["fingerprint"] = dataFingerprint,
            ["options"] = JsonSerializer.SerializeToNode(options, Json),
        };
        // a path says nothing of what is in the file
        var named = new List<SameFile>();
        void Name(string key, string path, string what)
        {
            named.Add(new(path, what));
            wanted[key] = named[^1].Sha256;
        }
        if (options.CostsFrom is { } costs) Name("costs", costs, "a CSV file of costs");
        if (options.LabelsFrom is { } labels)
            Name("labelsFrom", labels, $"a CSV file with columns index and {options.LabelsColumn}");
        if (FeatureSource.IsFile(options.Features))
        {
            Name("features", options.Features, "a file of features or an encoder");
            // where torch.onnx.export puts the weights, and where else the model says that they are
            var usual = Path.GetFileName(options.Features) + ".data";
            IReadOnlyCollection<string> others =
                FeatureSource.NumbersImages(options.Features) ? [] : OnnxFile.WeightsOf(options.Features);
            foreach (var name in others.Prepend(usual).Distinct())
            {
                var weights = Path.Combine(Path.GetDirectoryName(options.Features)!, name);
                if (File.Exists(weights))
                    Name(name == usual ? "featuresData" : OtherWeights + name, weights, "the weights of an encoder");
            }
        }
        var file = Path.Combine(folder, "run.json");
        if (File.Exists(folder)) throw new InputException($"{folder} is a file; expected a folder for the run");
        if (Directory.Exists(folder) && !File.Exists(file)
            && Directory.EnumerateFileSystemEntries(folder).Any(e => !IsOurs(e)))
            throw new InputException($"{folder} is not empty and holds no run of vaal; "
                + (ofBench ? BeginAgain : "give an empty or new folder"));
        Make(Path.Combine(folder, "checkpoints"), folder);
        var exclusive = Lock(folder);
        try
        {
            if (File.Exists(file))
                Compare(folder, Read<JsonObject>(file), wanted,
                    ofBench ? BeginAgain : "give another folder, or the same options to continue it");
            else AtomicFile.WriteAllText(file, wanted.ToJsonString(Json));
            var identity = Convert.ToHexString(
                System.Security.Cryptography.SHA256.HashData(
                    System.Text.Encoding.UTF8.GetBytes(wanted.ToJsonString())));
            return new RunFolder(folder, exclusive, identity, named);
        }
        catch
        {
            exclusive.Dispose();
            throw;
        }
    }

    /// <summary>The rounds finished so far.</summary>
    public override IReadOnlyList<RoundResult> Rounds()
    {
        if (!File.Exists(RoundsFile)) return [];
        var rounds = Read<List<RoundResult>>(RoundsFile);
        for (var i = 0; i < rounds.Count; i++)
        {
            if (rounds[i] is not { Picks: not null } round || round.Round != i) throw Damaged($"it has no round {i}");
            if (round.Accuracy is not (>= 0 and <= 1))
                throw Damaged(string.Create(CultureInfo.InvariantCulture,
                    $"expected an accuracy of 0 to 1 in round {i}, found {round.Accuracy}"));
            if (i > 0 && rounds[i - 1].Labelled + rounds[i - 1].Picks.Count is var labels && labels != round.Labelled)
                throw Damaged(string.Create(CultureInfo.InvariantCulture,
                    $"expected {labels} labels in round {i}, found {round.Labelled}"));
        }
        return rounds;
    }

    /// <inheritdoc/>
    public override void Chosen(int round, Networks networks, ImageSet images, IReadOnlyList<int> picks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        if (SaveOverlays && TaskModels.Segments(networks.TaskOptions.Model) && networks.Task is Segmenter drawn)
            MaskPanels.Of(drawn, images, picks, networks.Device).Save(Overlays(round));
        if (SaveModels) networks.Save(Models(round));
    }

    /// <summary>Saves the rounds, and replaces <c>picks.csv</c>, which people read.</summary>
    public override void Finished(IReadOnlyList<RoundResult> rounds, ImageSet images) =>
        Finished(rounds, images.Paths);

    /// <param name="paths">of the whole pool's images; empty where they have none</param>
    public void Finished(IReadOnlyList<RoundResult> rounds, IReadOnlyList<string> paths)
    {
        Save(rounds);
        PicksFile.Write(_folder, rounds, paths);
    }

    /// <summary>Replaces the rounds at once, then forgets the trainings that led to them.</summary>
    /// <exception cref="InputException">a file that the options name changed before it was read</exception>
    public void Save(IReadOnlyList<RoundResult> rounds)
    {
        // read by now, and not again
        foreach (var file in _named) file.Verify();
        _named = [];
        AtomicFile.WriteAllText(RoundsFile, JsonSerializer.Serialize(rounds, Json));
        foreach (var file in Directory.EnumerateFiles(Checkpoints)) File.Delete(file);
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>The rounds as they are stored cannot be.</summary>
    public override InputException Damaged(string what) => Damaged(RoundsFile, what);

    private string RoundsFile => Path.Combine(_folder, "rounds.json");

    // What an interrupted start may have left.
    internal static bool IsOurs(string entry) =>
        Path.GetFileName(entry) is "checkpoints" or ".lock"
            || Path.GetFileName(entry).Contains(".tmp", StringComparison.Ordinal);

    /// <summary>Makes a folder, and those above it.</summary>
    /// <param name="named">what the user gave, for the message; null: the folder</param>
    /// <exception cref="InputException">none can be made there</exception>
    internal static void Make(string folder, string? named = null)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !AtomicFile.IsDiskFull(e))
        {
            var why = e is UnauthorizedAccessException ? "permission denied"
                : e is FileNotFoundException or DirectoryNotFoundException ? "no folder can be made there" : e.Message;
            throw new InputException($"cannot make the folder {named ?? folder}: {why}; choose another place", e);
        }
    }

    internal static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(
                Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (AtomicFile.IsHeld(e))
        {
            throw new InputException($"another process works in {folder}; wait for it or give another folder", e);
        }
    }

    private static void Compare(string folder, JsonObject found, JsonObject wanted, string instead)
    {
        // an older version did not write these down
        var known = wanted.DeepClone().AsObject();
        foreach (var (key, _) in wanted)
            if (key.StartsWith(OtherWeights, StringComparison.Ordinal) && !found.ContainsKey(key)) known.Remove(key);
        var differences = JsonDifferences.Between(found, known).ToList();
        if (differences.Count > 0)
            throw new InputException(
                $"{folder} holds another run ({string.Join("; ", differences.Take(5))}); {instead}");
    }

    private static T Read<T>(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(RegularFile.ReadAllText(file), Json)
                ?? throw new JsonException("it is empty");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw Damaged(file, e.Message, e);
        }
    }

    private static InputException Damaged(string file, string what, Exception? e = null) =>
        new($"{file} is damaged ({what}); delete its folder to start the run again", e);
}
