namespace Vaal.Data.Formats;

/// <summary>CIFAR-100, binary version: the fine classes, with the coarse ones as
/// <see cref="DataSet.SuperClasses"/>.</summary>
internal sealed class Cifar100 : IDataFormat
{
    private const int Coarse = 20, Fine = 100;

    public string Description => "CIFAR-100, binary version: train.bin, test.bin";

    public bool Recognises(string path) => HoldsData(Folder(path));

    public DataSet Load(string path, LoadOptions options)
    {
        ImageFolder.Require(path);
        var folder = Folder(path);
        var notes = new List<string>();
        var superClasses = Enumerable.Repeat(-1, Fine).ToArray();
        var pool = Read("train.bin", 50_000) ?? throw new InputException($"{folder} holds no train.bin of CIFAR-100");
        var test = Read("test.bin", 10_000);
        if (test is null) notes.Add("missing: test.bin; there is no test set");
        var names = Cifar.Names(Path.Combine(folder, "fine_label_names.txt"), Fine, notes);
        return new(
            "cifar100", pool, test, names, notes, Fingerprint.Of(names, pool, test))
        { SuperClasses = superClasses };

        ImageSet? Read(string name, int official)
        {
            var file = Path.Combine(folder, name);
            return File.Exists(file) ? Cifar.Read([file], [Coarse, Fine], official, notes, Learn) : null;
        }

        void Learn(string file, int image, byte[] labels)
        {
            var (coarse, fine) = (labels[0], labels[1]);
            if (superClasses[fine] >= 0 && superClasses[fine] != coarse)
                throw new InputException(
                    $"{file} is damaged: image {image:N0} puts class {fine} into super-class {coarse}; earlier ones " +
                    $"put it into {superClasses[fine]}");
            superClasses[fine] = coarse;
        }
    }

    private static string Folder(string path) => Cifar.Folder(path, "cifar-100-binary", HoldsData);

    private static bool HoldsData(string folder) => File.Exists(Path.Combine(folder, "train.bin"));
}
