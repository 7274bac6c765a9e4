namespace Vaal.Data.Formats;

/// <summary>CIFAR-10, binary version. Training batches that are missing are named, and the others used.</summary>
internal sealed class Cifar10 : IDataFormat
{
    private static readonly string[] _batches = [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")];

    public string Description => "CIFAR-10, binary version: data_batch_1.bin .. data_batch_5.bin, test_batch.bin";

    public bool Recognises(string path) => HoldsData(Folder(path));

    public DataSet Load(string path, LoadOptions options)
    {
        ImageFolder.Require(path);
        var folder = Folder(path);
        var notes = new List<string>();
        var missing = _batches.Where(b => !File.Exists(Path.Combine(folder, b))).ToList();
        if (missing.Count == _batches.Length)
            throw new InputException(
                $"{folder} holds no training batch of CIFAR-10; expected {_batches[0]} to {_batches[^1]}");
        var pool = Cifar.Read([.. _batches.Except(missing).Select(b => Path.Combine(folder, b))], [10], 10_000, notes);
        if (missing.Count > 0)
            notes.Add(
                $"missing: {string.Join(", ", missing)}; the pool is the {Counted.Of(pool.Count, "image")} of the "
                    + "others");
        var testFile = Path.Combine(folder, "test_batch.bin");
        var test = File.Exists(testFile) ? Cifar.Read([testFile], [10], 10_000, notes) : null;
        if (test is null) notes.Add("missing: test_batch.bin; there is no test set");
        var names = Cifar.Names(Path.Combine(folder, "batches.meta.txt"), 10, notes);
        return new("cifar10", pool, test, names, notes, Fingerprint.Of(names, pool, test));
    }

    private static string Folder(string path) => Cifar.Folder(path, "cifar-10-batches-bin", HoldsData);

    private static bool HoldsData(string folder) =>
        _batches.Append("test_batch.bin").Any(b => File.Exists(Path.Combine(folder, b)));
}
