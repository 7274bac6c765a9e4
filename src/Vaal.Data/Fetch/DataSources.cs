namespace Vaal.Data.Fetch;

/// <summary>The data sets that <c>vaal data</c> knows by name. How lengths and checksums were verified:
/// docs/data.md.</summary>
internal static class DataSources
{
    private const string Cifar = "research, with citation (Krizhevsky 2009)";

    private static readonly DataSource[] Table =
    [
        new("cifar10", "50,000 + 10,000", Cifar, "https://www.cs.toronto.edu/~kriz/",
            new RemoteFile(
                "cifar-10-binary.tar.gz", 170_052_171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")),
        new("cifar100", "50,000 + 10,000", Cifar, "https://www.cs.toronto.edu/~kriz/",
            new RemoteFile(
                "cifar-100-binary.tar.gz", 168_513_733,
                "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")),
        new("fashion-mnist", "60,000 + 10,000", "MIT (Zalando)",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            new RemoteFile(
                "train-images-idx3-ubyte.gz", 26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            new RemoteFile(
                "train-labels-idx1-ubyte.gz", 29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            new RemoteFile(
                "t10k-images-idx3-ubyte.gz", 4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            new RemoteFile(
                "t10k-labels-idx1-ubyte.gz", 5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")),
        new("mnist", "60,000 + 10,000", "CC BY-SA 3.0 (LeCun, Cortes, Burges)",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            new RemoteFile(
                "train-images-idx3-ubyte.gz", 9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            new RemoteFile(
                "train-labels-idx1-ubyte.gz", 28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            new RemoteFile(
                "t10k-images-idx3-ubyte.gz", 1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            new RemoteFile(
                "t10k-labels-idx1-ubyte.gz", 4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")),
        new("caltech256", "30,607", "CC BY 4.0 (Griffin, Holub, Perona)",
            "https://data.caltech.edu/records/nyy15-4j048/files/",
            new RemoteFile(
                "256_ObjectCategories.tar", 1_183_006_720,
                "08ff01b03c65566014ae88eb0490dbe4419fc7ac4de726ee1163e39fd809543e"))
        {
            Inside = "256_ObjectCategories",
        },
        new("imagenet", "1,281,167 + 50,000", "research, after signing (image-net.org)", "")
        {
            Instead =
                "ImageNet is given out by image-net.org after signing; name your copy by its path: --data DIR, with " +
                "DIR/train/CLASS/*.JPEG and DIR/val/CLASS/*.JPEG",
        },
    ];

    public static IReadOnlyDictionary<string, DataSource> All { get; } =
        new OrderedDictionary<string, DataSource>(Table.Select(s => KeyValuePair.Create(s.Name, s)));

    /// <exception cref="InputException">there is no set of that name; the message lists those there are</exception>
    public static DataSource Named(string name) => All.TryGetValue(name, out var found) ? found
        : throw new InputException(Unknown.Name("data set", name, All.Keys));
}
