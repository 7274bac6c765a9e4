using Vaal.Data;

namespace Vaal.Tests.Data;

/// <summary>A data format of somebody's own that breaks its word.</summary>
[Collection(RunsAlone.Name)]
public sealed class OwnFormatTests
{
    private sealed class Nothing : IDataFormat
    {
        public string Description => "gives nothing";

        public bool Recognises(string path) => path == "nothing-of-tests:";

        public DataSet Load(string path, LoadOptions options) => null!;
    }

    [Theory]
    [InlineData(null), InlineData("nothing-of-tests")]
    public void Load_FormatThatGivesNull_IsNamed(string? format)
    {
        DataFormats.Register("nothing-of-tests", new Nothing());
        try
        {
            var e = Assert.Throws<InputException>(
                () => DataFormats.Load("nothing-of-tests:", new LoadOptions(), format));
            Assert.StartsWith("expected a data set of the format nothing-of-tests in nothing-of-tests:, found null",
                e.Message, StringComparison.Ordinal);
        }
        finally
        {
            DataFormats.Unregister("nothing-of-tests");
        }
    }
}
